// Sets what all records that follow have: the user, tags and contexts.

import { USER_EMAIL, USER_FULL_NAME, USER_ID, USER_NAME } from "../generated/semconv.js";
import { APP, setOwn } from "./own-attributes.js";
import { withOwn } from "./page-client.js";
import type { Value, Values } from "./values.js";

/** The person who uses the page. */
export interface User {
  /** `user.id` */
  id?: string | number | undefined;
  /** `user.email` */
  email?: string | undefined;
  /** `user.name`: the name with which the person logs in. */
  name?: string | undefined;
  /** `user.full_name` */
  fullName?: string | undefined;
}

/** Sets the user of all that follows, or none. What the page says of a person is personal: say only what you need. */
export function setUser(user: User | null): void {
  withOwn((owner) => {
    const { id, email, name, fullName } = user ?? {};
    setOwn(owner, { [USER_ID]: id, [USER_EMAIL]: email, [USER_NAME]: name, [USER_FULL_NAME]: fullName });
  });
}

/** Sets the attribute `app.{name}` of all that follows; without a value it is removed. */
export const setTag = (name: string, value: Value | null | undefined): void => setTags({ [name]: value });

/** Sets attributes `app.{name}` of all that follows; those without a value are removed. */
export const setTags = (tags: Values): void => withOwn((owner) => setOwn(owner, tags, APP));

/** Sets the attributes `app.{context}.{name}` of all that follows, in place of all that the context had; `null` removes it. */
export function setContext(context: string, values: Values | null): void {
  withOwn((owner) => {
    const prefix = `${APP}${context}.`;
    setOwn(owner, values ?? {}, prefix, (name) => name.startsWith(prefix));
  });
}
