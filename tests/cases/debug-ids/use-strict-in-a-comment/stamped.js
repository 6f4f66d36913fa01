try{(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{})[new Error().stack]="1397ae13-4823-550a-bf9e-97ff2c9346f0"}catch(e){}
// "use strict";
"use strict" + f();
//# debugId=1397ae13-4823-550a-bf9e-97ff2c9346f0
