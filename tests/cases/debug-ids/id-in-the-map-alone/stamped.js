try{(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{})[new Error().stack]="11111111-221b-447b-b6a1-62cd2fa7289b"}catch(e){}
f();
//# debugId=11111111-221b-447b-b6a1-62cd2fa7289b
