"use client";try{(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{})[new Error().stack]="c8098ad1-383a-5675-8098-91b9155ae6fa"}catch(e){}
"use client";"use strict"
.length;f();
//# debugId=c8098ad1-383a-5675-8098-91b9155ae6fa
