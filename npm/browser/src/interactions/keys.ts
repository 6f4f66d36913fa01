// Tells which keys may do something, without what a person writes.

/** The name of a key with its modifiers, such as `Control+K` or `Enter`; nothing of one that only writes. */
export function keyOf({ key, ctrlKey, metaKey, altKey, shiftKey, repeat, isComposing }: KeyboardEvent, path: readonly EventTarget[]): string {
  if (repeat || isComposing || !key || MODIFIERS.test(key)) return "";
  const isCharacter = [...key].length == 1 && key != " ";
  const isWriting = path.some((one) => one instanceof HTMLElement && (one.isContentEditable || one.matches(FIELD)));
  // Two modifiers write a character on many keyboards.
  if (isCharacter && isWriting && (ctrlKey || metaKey) == altKey) return "";
  if (!isCharacter && isWriting && !/^(Enter|Escape|F\d+)$/.test(key) && !(ctrlKey || metaKey)) return "";
  const modifiers = Object.entries({ Control: ctrlKey, Meta: metaKey, Alt: altKey, Shift: shiftKey && !isCharacter }).flatMap(([name, isHeld]) => (isHeld ? [name] : []));
  return [...modifiers, key == " " ? "Space" : isCharacter ? key.toUpperCase() : key].join("+");
}

const MODIFIERS = /^(Control|Meta|Alt|AltGraph|Shift|CapsLock|Tab|Dead|Process|Unidentified)$/;
const FIELD = "textarea,select,input:not([type=button],[type=checkbox],[type=radio],[type=submit],[type=reset],[type=image],[type=color],[type=file],[type=range])";
