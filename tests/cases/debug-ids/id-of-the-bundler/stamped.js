try{(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{})[new Error().stack]="00d60b2a-221b-447b-b6a1-62cd2fa7289b"}catch(e){}
f();
//# debugId=00d60b2a-221b-447b-b6a1-62cd2fa7289b
//# sourceMappingURL=a.js.map
