// Options of debug ids and source maps.

/** Says what becomes of the source maps of a build. */
export interface SourceMapOptions {
  /** Uploads an index of each map, by which the edge makes stacks readable; the maps themselves stay here. */
  upload?: UploadOptions;
  /**
   * Left out of the output: `comment`, the comment `sourceMappingURL` by which a browser finds a map; `files`, the maps too where
   * `upload.key` is set, also when the upload fails, because a map that stayed would be public. Maps that are made for the upload
   * alone are always left out.
   */
  strip?: "comment" | "files";
}

/** Where the indexes of source maps go. */
export interface UploadOptions {
  /** Address of the edge with its prefix: `https://shop.example/_t`. */
  url: string;
  /** An upload key of the project, which is secret: give it from the environment. Without one nothing is uploaded. */
  key: string | undefined;
  /** Whether the build fails where an upload does; else it warns. */
  failBuild?: boolean;
}
