#!/usr/bin/env node
try{(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{})[new Error().stack]="c6028783-20df-51fa-9d1e-a53034e19da0"}catch(e){}
f();
//# debugId=c6028783-20df-51fa-9d1e-a53034e19da0
