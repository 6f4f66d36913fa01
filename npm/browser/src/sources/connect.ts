// The message by which a page asks its worker for errors.

/** The name of the member that the message has. */
export const CONNECT = "throughline.connect";
