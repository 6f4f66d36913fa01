'use client';"use strict";try{(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{})[new Error().stack]="d256e243-2729-580d-8bbc-349c4358606e"}catch(e){}
/*! Licence */
'use client';
"use strict"
f();
//# debugId=d256e243-2729-580d-8bbc-349c4358606e
