import Basics
import Glibc

/// What captures keep beside the store, for whichever process captures next: the graphs of blocks, a file for each key (`blocks/KE/KEY.json`). Its memory is
/// bounded with the store's, and goes with it: a graph that is not there is exported again.
///
/// Also the folders of captures under way, and of those that were ended before they could remove theirs.
package struct CaptureDirectory {
    /// What nobody can be writing any more.
    private static let abandonedAfterSeconds: Int64 = 86_400

    private struct File {
        let path: String
        let bytes: Int
        /// Nanoseconds since 1970; a graph that is used is touched, once a day at most.
        let used: Int64
    }

    private let path: String?

    /// `path`: nil where nothing is kept.
    init(_ path: String?) { self.path = path }

    /// How many graphs, and their bytes.
    package var size: (entries: Int, bytes: Int) {
        let files = graphs()
        return (files.count, files.reduce(0) { $0 + $1.bytes })
    }

    /// Removes the graphs that were used longest ago, down to at most `limit` bytes. `before`: the bytes that there were.
    package func collect(keeping limit: Int) -> (before: Int, files: Int, bytes: Int) {
        removeAbandoned()
        var files = graphs().sorted { $0.used > $1.used }
        var held = files.reduce(0) { $0 + $1.bytes }
        var removed = (before: held, files: 0, bytes: 0)
        while held > limit, let oldest = files.popLast() {
            held -= oldest.bytes
            guard unlink(oldest.path) == 0 else { continue }
            removed.files += 1
            removed.bytes += oldest.bytes
        }
        return removed
    }

    private func graphs() -> [File] {
        guard let path else { return [] }
        let blocks = "\(path)/blocks"
        return Directory.names(in: blocks).filter { $0.utf8.count == 2 }.flatMap { start in
            Directory.names(in: "\(blocks)/\(start)").compactMap { name -> File? in
                // What is written takes its name when it is complete.
                guard name.hasPrefix(start) && name.hasSuffix(".json") || name.hasPrefix("tmp") else { return nil }
                let file = "\(blocks)/\(start)/\(name)"
                return StatSignature(path: file).map { File(path: file, bytes: Int($0.size), used: $0.modified) }
            }
        }
    }

    private func removeAbandoned() {
        guard let path else { return }
        let now = StatSignature.now()
        for name in Directory.names(in: path) where name.hasPrefix(ScratchDirectory.prefix) {
            let folder = "\(path)/\(name)"
            guard let modified = StatSignature(path: folder)?.modified, (now - modified) / 1_000_000_000 > Self.abandonedAfterSeconds else {
                continue
            }
            ScratchDirectory.remove(folder)
        }
    }
}
