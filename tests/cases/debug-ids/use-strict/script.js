/*! Licence */
'use client';
"use strict"
f();
