import Glibc

/// What a symbolic link holds, whatever it leads to.
package enum SymbolicLink {
    /// The bytes of the target as they were written; nil where there is no link at the path.
    /// - Parameter directory: a descriptor of what a relative path starts from.
    package static func target(of path: String, in directory: Int32 = AT_FDCWD) -> [UInt8]? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let start = buffer.baseAddress else { return nil }
            let count = readlinkat(directory, path, start, buffer.count)
            return count < 0 ? nil : Array(UnsafeRawBufferPointer(buffer)[..<count])
        }
    }
}
