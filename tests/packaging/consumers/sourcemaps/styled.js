// A script with a style sheet.

import "./styled.css";

console.log("styled");
