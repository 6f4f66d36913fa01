// The scripts of a long animation frame.

/** The scripts that ran longest, longest first, without queries and without what is a member of `data:`. */
export const scriptsOf = (scripts: LongFrame["scripts"]): Readonly<Record<string, unknown>>[] =>
  [...scripts]
    .sort((a, b) => b.duration - a.duration)
    .slice(0, MOST)
    .map(({ invoker, invokerType, sourceURL, sourceFunctionName, sourceCharPosition = -1, duration, forcedStyleAndLayoutDuration, pauseDuration }) => ({
      invoker: cut(invoker),
      kind: invokerType,
      url: cut(sourceURL),
      function: cut(sourceFunctionName),
      // -1 where the browser does not know it.
      position: sourceCharPosition < 0 ? undefined : sourceCharPosition,
      duration: Math.round(duration),
      forced_layout_duration: Math.round(forcedStyleAndLayoutDuration ?? 0),
      pause_duration: Math.round(pauseDuration ?? 0),
    }));

/** How long all scripts waited for style and layout that they had asked for, ms. */
export const forcedLayout = (scripts: LongFrame["scripts"]): number =>
  scripts.reduce((sum, { forcedStyleAndLayoutDuration = 0 }) => sum + forcedStyleAndLayoutDuration, 0);

/** The beginning of a text: an address in it has no query, and a `data:` address no content. */
export const cut = (text = ""): string => text.replace(/(data:)[^\s"\])]*|(:\/\/[^\s"\])?#]*)[?#][^\s"\])]*/g, "$1$2").slice(0, LONGEST);

/** Scripts of a frame: others were short beside these. */
const MOST = 5;
/** UTF-16 code units. */
const LONGEST = 200;
