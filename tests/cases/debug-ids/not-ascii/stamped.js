try{(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{})[new Error().stack]="e2c9278e-ece3-5fb9-8acd-a04472bb728d"}catch(e){}
f("Zürich ☕ 𝒳");
//# debugId=e2c9278e-ece3-5fb9-8acd-a04472bb728d
