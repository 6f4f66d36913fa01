"use client";
import { f } from "./f.js";
f();
