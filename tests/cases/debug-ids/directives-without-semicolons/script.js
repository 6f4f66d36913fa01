#!/usr/bin/env node
"use client" // Why.
'use strict' /* and
why */ !function(){f()}()
