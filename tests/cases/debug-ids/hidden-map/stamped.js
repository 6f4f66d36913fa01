try{(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{})[new Error().stack]="51f41e3b-51ee-5da6-aefd-52e3bef5b7b5"}catch(e){}
throw 1;
f();
//# debugId=51f41e3b-51ee-5da6-aefd-52e3bef5b7b5
