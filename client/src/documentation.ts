import { commands, FileType, Uri, workspace } from "vscode";
import type { ShowDocumentParams, WindowMiddleware } from "vscode-languageclient/node";

/**
 * Shows pages of the documentation from the folder that came with the extension: they are of the same version, and need
 * neither a browser nor a network. Whatever else the server wants shown is shown as usual.
 */
export function documentationFrom(folder: Uri): WindowMiddleware {
  return {
    showDocument: async (params, token, next) => {
      const page = await findPage(folder, params);
      if (page === null) return next(params, token);
      await commands.executeCommand("markdown.showPreview", page);
      return { success: true };
    },
  };
}

async function findPage(folder: Uri, { uri }: ShowDocumentParams): Promise<Uri | null> {
  const path = /^https:.*\/docs\/([\w/-]+\.md)$/.exec(uri)?.[1];
  if (path === undefined) return null;
  const page = Uri.joinPath(folder, path);
  try {
    return (await workspace.fs.stat(page)).type === FileType.File ? page : null;
  } catch {
    // A page that this version does not have yet: the one on the web will do.
    return null;
  }
}
