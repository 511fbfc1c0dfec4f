import Basics

/// What stands between a path and the file that it leads to.
enum SymbolicLinks {
    /// As many links as the system follows.
    private static let limit = 40

    /// The links on the way to a path's file, and the path behind each: whoever changes one of these places changes what the path shows. Empty where there are none.
    static func places(of path: String) -> Set<String> {
        var places: Set<String> = []
        var path = path
        for _ in 0..<limit {
            guard let (link, target, rest) = first(in: path) else { break }
            path = FilePath.join(FilePath.directory(link), target) + rest
            places.formUnion([link, path])
        }
        return places
    }

    /// The first component of a path that is a link, with what it holds and what of the path follows it.
    private static func first(in path: String) -> (link: String, target: String, rest: String)? {
        var end = path.startIndex
        while end < path.endIndex {
            let next = path.index(after: end)
            end = path[next...].firstIndex(of: "/") ?? path.endIndex
            let prefix = String(path[..<end])
            if let target = target(of: prefix) { return (prefix, target, String(path[end...])) }
        }
        return nil
    }

    /// What a link holds; nil where there is none at the path.
    static func target(of path: String) -> String? { SymbolicLink.target(of: path).map { String(decoding: $0, as: UTF8.self) } }
}
