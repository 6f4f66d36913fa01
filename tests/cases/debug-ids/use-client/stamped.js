"use client";try{(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{})[new Error().stack]="50ba33a6-b5bf-524c-9b65-6f9cd38678bb"}catch(e){}
"use client";
import { f } from "./f.js";
f();
//# debugId=50ba33a6-b5bf-524c-9b65-6f9cd38678bb
