try{(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{})[new Error().stack]="0074fa16-585f-5ad5-86f7-0c18df2d1095"}catch(e){}
f();
//# debugId=0074fa16-585f-5ad5-86f7-0c18df2d1095
