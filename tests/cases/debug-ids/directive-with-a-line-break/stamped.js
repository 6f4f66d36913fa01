"c\"d";"use strict";try{(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{})[new Error().stack]="e884b9fc-9bc1-5151-b8aa-f3b8be7f04f4"}catch(e){}
"a\
b";
"c\"d";"use strict"
in_this_order();
//# debugId=e884b9fc-9bc1-5151-b8aa-f3b8be7f04f4
