#!/usr/bin/env node
"use client"
// Texts that look like what is written, characters of two code units, and names that are taken.

const _kept = "😀 await x", _begin = /await/u;
export default async function (given) {
  "use strict"
  const { request, log } = given
  log("😀".length, _kept, `await ${await "ä😀"}`, /* await */ _begin.test("await"))
  request("😀", "a") // await
}
