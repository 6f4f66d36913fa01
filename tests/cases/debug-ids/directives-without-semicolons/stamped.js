#!/usr/bin/env node
"use client";'use strict';try{(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{})[new Error().stack]="7a752fae-1aef-56fe-8a8b-482cb77b4c8d"}catch(e){}
"use client" // Why.
'use strict' /* and
why */ !function(){f()}()
//# debugId=7a752fae-1aef-56fe-8a8b-482cb77b4c8d
