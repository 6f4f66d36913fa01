"use client";"use strict"
.length;f();
