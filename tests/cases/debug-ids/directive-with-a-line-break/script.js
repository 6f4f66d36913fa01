"a\
b";
"c\"d";"use strict"
in_this_order();
