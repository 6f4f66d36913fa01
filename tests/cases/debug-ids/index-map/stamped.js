try{(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{})[new Error().stack]="2b95f5a2-80bb-5a39-8097-0d5bcc07fd08"}catch(e){}
f();
g();
//# debugId=2b95f5a2-80bb-5a39-8097-0d5bcc07fd08
