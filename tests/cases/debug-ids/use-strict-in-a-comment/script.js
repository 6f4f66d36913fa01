// "use strict";
"use strict" + f();
