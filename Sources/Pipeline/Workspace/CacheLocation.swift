import Basics

/// Where a session keeps its store.
package enum CacheLocation: Sendable, Hashable {
    /// Nothing is kept beyond the process.
    case none
    /// A directory named by a flag or by the environment.
    case directory(String)
    /// `.reglaze` of the workspace.
    case workspace
    /// The user's shared cache directory.
    case shared(String)

    /// The directory, nil when nothing is kept.
    package func directory(of workspace: Workspace) -> String? {
        switch self {
        case .none: nil
        case .directory(let path), .shared(let path): path
        case .workspace: workspace.path(".reglaze")
        }
    }
}

/// The folder that Reglaze writes into a workspace: marks itself as a cache, and as nothing for version control.
package enum CacheDirectory {
    private static let ownNames: Set = ["store", "store.lock", "blobs", "capture", ".gitignore", "CACHEDIR.TAG"]

    /// Makes the directory with its `.gitignore` and `CACHEDIR.TAG`. One that holds anything else is the user's: backups and version control go on seeing it.
    package static func prepare(_ path: String) throws(FileError) {
        try FilePath.makeDirectory(path)
        guard ownNames.isSuperset(of: Directory.names(in: path)) else { return }
        let ignore = FilePath.join(path, ".gitignore")
        if !FilePath.exists(ignore) { try FilePath.write(Array("*\n".utf8), to: ignore) }
        let tag = FilePath.join(path, "CACHEDIR.TAG")
        if !FilePath.exists(tag) {
            let text = """
                Signature: 8a477f597d28d172789f06886806bc55
                # This file is a cache directory tag created by reglaze.
                # For information about cache directory tags see https://bford.info/cachedir/

                """
            try FilePath.write(Array(text.utf8), to: tag)
        }
    }
}
