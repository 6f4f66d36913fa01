// @ts-check
// Starts Chromium by its tabs: a browser of which a program observes the page alone prerenders nothing.

import puppeteer from "puppeteer-core";
import { ARGS, PROGRAM } from "../launch-chromium.mjs";

/** Starts Chromium, which prerenders what a page asks for. */
export const launchTabs = () => puppeteer.launch({ executablePath: PROGRAM, args: ARGS });
