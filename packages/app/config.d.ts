/** Configuration of the portal's frontend shell. */
export interface Config {
  app?: {
    /** The sign-in page. */
    signIn?: {
      /**
       * What people call the account that they sign in with. Default: University account.
       * @visibility frontend
       */
      title?: string;
      /**
       * One sentence below it. Default: Sign in to create and manage your clusters.
       * @visibility frontend
       */
      message?: string;
    };
  };
}
