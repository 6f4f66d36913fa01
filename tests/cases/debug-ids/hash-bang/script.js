#!/usr/bin/env node
f();
