// The build of the site with Next.js.

export default {
  // This project has a lock file of its own.
  turbopack: { root: import.meta.dirname },
};
