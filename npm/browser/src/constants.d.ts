// Constants that bundle.mjs defines.

/** Version of this package. */
declare const VERSION: string;
/** Whether this is the development build. */
declare const DEVELOPMENT: boolean;
