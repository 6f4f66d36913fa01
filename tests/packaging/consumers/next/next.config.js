// The build of the site with Next.js.

export default {
  // For browsers too, so that `throughline sourcemaps upload` has them.
  productionBrowserSourceMaps: true,
  // This project has a lock file of its own.
  turbopack: { root: import.meta.dirname },
};
