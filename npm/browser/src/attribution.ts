// The entry of what explains web vitals: functions of which a page loads those that it uses.

export { collectAttribution } from "./attribution/collect.js";
export { reportSoftNavigations } from "./attribution/soft-navigations.js";
