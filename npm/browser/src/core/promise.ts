// The classes of promises in a page.

const OwnPromise = Promise;
/** That of the browser, which a library may have replaced before. */
const NativePromise = (async () => {})().constructor as PromiseConstructor;

/** The class whose methods a promise has: that of a library which has replaced `Promise`, or the browser's, also of another realm. */
export const classOf = (promise: unknown): PromiseConstructor => (promise instanceof OwnPromise ? OwnPromise : NativePromise);
