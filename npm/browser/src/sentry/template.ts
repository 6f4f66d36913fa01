// Messages with parameters: a text that remembers of what it was made.

import { asText } from "./attributes.js";

/** A text that may know its template and its parameters. */
export type ParameterizedString = string & { __sentry_template_string__?: string; __sentry_template_values__?: unknown[] };

/** Makes a text of a template; its record has template and parameters besides. */
export function parameterize(strings: TemplateStringsArray, ...values: unknown[]): ParameterizedString {
  const text = String.raw({ raw: strings }, ...values);
  const template = strings.map((part) => part.replaceAll("%", "%%")).join("%s");
  return Object.assign(new String(text), { [TEMPLATE]: template, [VALUES]: values }) as unknown as ParameterizedString;
}

/** The attributes of such a text, in which numbers and booleans are such; none of another one. */
export function withTemplate(text: string | ParameterizedString): Record<string, string | number | boolean> {
  const { [TEMPLATE]: template, [VALUES]: values = [] } = Object(text) as ParameterizedString;
  if (!template) return {};
  return { "sentry.message.template": template, ...Object.fromEntries(values.map((value, at) => [`sentry.message.parameter.${at}`, typeof value == "number" || typeof value == "boolean" ? value : asText(value)])) };
}

const TEMPLATE = "__sentry_template_string__";
const VALUES = "__sentry_template_values__";
