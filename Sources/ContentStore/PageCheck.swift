import Basics
import Glibc

/// Walks the pages of a `data.mdb` and tells whether LMDB can follow them without leaving the file.
///
/// LMDB trusts its pages: a flipped bit in a page number ends the process. A file that was not left by a clean end is therefore looked at first: every
/// page that can be reached is inside the file, is what its place says, is reached once, and holds nodes that lie inside it. About 50 ns a page and 3 ns a node.
/// What the records hold is not looked at: their checksums are for that.
struct PageCheck {
    // Layout of LMDB 0.9 on little-endian 64-bit machines; offsets in bytes.
    private enum Offset {
        static let flags = 10, lower = 12, upper = 14, pages = 12, nodes = 16
        static let magic = 16, version = 20, pageSize = 40, freeRoot = 80, mainRoot = 128, lastPage = 136, transaction = 144
    }

    private enum Flag {
        static let branch: UInt16 = 1, leaf: UInt16 = 2, overflow: UInt16 = 4, meta: UInt16 = 8
        static let big: UInt16 = 1
    }

    /// LMDB's pages are the system's, up to 32 KiB.
    private static let pageSize = min(max(sysconf(Int32(_SC_PAGESIZE)), 4096), 32 << 10)
    private static let none = UInt64.max

    private let bytes: UnsafeRawBufferPointer
    private let pageCount: Int
    private var seen: [Bool]

    private init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        pageCount = bytes.count / Self.pageSize
        seen = Array(repeating: false, count: pageCount)
    }

    /// Whether both meta pages are such that the file may be opened at all.
    static func hasSoundMetaPages(_ path: String) throws(FileError) -> Bool {
        let (descriptor, _) = try ByteStorage.openFile(path)
        defer { close(descriptor) }
        let storage = try ByteStorage(count: 2 * pageSize) { buffer throws(FileError) in
            guard pread(descriptor, buffer.baseAddress, buffer.count, 0) >= 0 else {
                throw FileError(path: path, operation: "read", errorNumber: errno)
            }
        }
        // Asked for afterwards: another process may write meanwhile, and what a meta page names is in the file before it.
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, operation: "read", errorNumber: errno) }
        // An empty file is what LMDB starts from.
        if status.st_size == 0 { return true }
        return withExtendedLifetime(storage) {
            let check = PageCheck(storage.bytes)
            return (0..<2).allSatisfy { check.isSoundMeta($0, filePages: Int(status.st_size) / pageSize) }
        }
    }

    private func isSoundMeta(_ page: Int, filePages: Int) -> Bool {
        let base = page * Self.pageSize
        guard word16(base + Offset.flags) & Flag.meta != 0, word32(base + Offset.magic) == 0xBEEF_C0DE,
            word32(base + Offset.version) == 1, word32(base + Offset.pageSize) == UInt32(Self.pageSize)
        else { return false }
        let last = word64(base + Offset.lastPage)
        let roots = [word64(base + Offset.freeRoot), word64(base + Offset.mainRoot)]
        // The last pages may never have been written, when they were free again before the commit; but not many of them.
        return last < UInt64(filePages) + (1 << 24) && roots.allSatisfy { $0 == Self.none || ($0 >= 2 && $0 < UInt64(filePages)) }
    }

    /// Whether the state that transaction `number` left can be read and written; a reader of that transaction must be open meanwhile. Nil when other processes
    /// have committed so much since that no meta page speaks of it any more.
    static func isSound(_ path: String, transaction number: Int) throws(FileError) -> Bool? {
        let storage = try ByteStorage(mapping: path)
        guard storage.count >= 2 * pageSize else { return false }
        return withExtendedLifetime(storage) {
            var check = PageCheck(storage.bytes)
            func transaction(_ base: Int) -> UInt64 { check.word64(base + Offset.transaction) }
            let bases = [0, pageSize]
            guard let base = bases.first(where: { transaction($0) == UInt64(number) }) else {
                return bases.contains { transaction($0) > UInt64(number) } ? nil : false
            }
            let (main, free) = (check.word64(base + Offset.mainRoot), check.word64(base + Offset.freeRoot))
            let last = check.word64(base + Offset.lastPage)
            // Read while the page was written over: what was read may be of two transactions.
            guard transaction(base) == UInt64(number) else { return nil }
            return check.isSoundTree(main, isFree: false, last: last) && check.isSoundTree(free, isFree: true, last: last)
        }
    }

    private mutating func isSoundTree(_ root: UInt64, isFree: Bool, last: UInt64) -> Bool {
        if root == Self.none { return true }
        var pending: [(page: UInt64, depth: Int)] = [(root, 0)]
        while let (page, depth) = pending.popLast() {
            guard depth < 32, take(page, count: 1) else { return false }
            let base = Int(page) * Self.pageSize
            let flags = word16(base + Offset.flags)
            guard word64(base) == page, flags == Flag.branch || flags == Flag.leaf, let nodes = nodes(base) else { return false }
            for node in nodes {
                if flags == Flag.branch {
                    let child = UInt64(word16(node)) | UInt64(word16(node + 2)) << 16 | UInt64(word16(node + 4)) << 32
                    pending.append((child, depth + 1))
                } else {
                    guard isSoundLeaf(node, base, isFree: isFree, last: last) else { return false }
                }
            }
        }
        return true
    }

    /// Where the nodes of a page begin; nil when one is not inside the page.
    private func nodes(_ base: Int) -> [Int]? {
        let lower = Int(word16(base + Offset.lower))
        let upper = Int(word16(base + Offset.upper))
        guard lower >= Offset.nodes, lower <= upper, upper <= Self.pageSize, lower % 2 == 0 else { return nil }
        let count = (lower - Offset.nodes) / 2
        let isBranch = word16(base + Offset.flags) == Flag.branch
        guard count >= (isBranch ? 2 : 1) else { return nil }
        var nodes: [Int] = []
        nodes.reserveCapacity(count)
        for index in 0..<count {
            let offset = Int(word16(base + Offset.nodes + 2 * index))
            guard offset >= upper, offset + 8 <= Self.pageSize else { return nil }
            let node = base + offset
            let keySize = Int(word16(node + 6))
            guard keySize <= 511, offset + 8 + keySize <= Self.pageSize else { return nil }
            nodes.append(node)
        }
        return nodes
    }

    private mutating func isSoundLeaf(_ node: Int, _ base: Int, isFree: Bool, last: UInt64) -> Bool {
        let flags = word16(node + 4)
        let size = Int(word32(node))
        let data = node + 8 + Int(word16(node + 6))
        guard flags & ~Flag.big == 0 else { return false }
        guard flags & Flag.big != 0 else {
            guard data + size <= base + Self.pageSize else { return false }
            return !isFree || isSoundFreeList(data, size, last)
        }
        guard data + 8 <= base + Self.pageSize else { return false }
        let page = word64(data)
        let count = (15 + size) / Self.pageSize + 1
        guard take(page, count: count) else { return false }
        let overflow = Int(page) * Self.pageSize
        guard word16(overflow + Offset.flags) == Flag.overflow, word64(overflow) == page, Int(word32(overflow + Offset.pages)) == count
        else { return false }
        return !isFree || isSoundFreeList(overflow + Offset.nodes, size, last)
    }

    /// A list of free pages: its length, then page numbers, falling.
    private func isSoundFreeList(_ data: Int, _ size: Int, _ last: UInt64) -> Bool {
        guard size >= 8, word64(data) <= UInt64(size / 8 - 1) else { return false }
        var before = UInt64.max
        for index in 0..<Int(word64(data)) {
            let page = word64(data + 8 + 8 * index)
            guard page < before, page >= 2, page <= last else { return false }
            // A page that is both free and in use would be overwritten.
            if page < UInt64(pageCount), seen[Int(page)] { return false }
            before = page
        }
        return true
    }

    /// Marks pages as reached; false when one is outside the file or was reached before.
    private mutating func take(_ page: UInt64, count: Int) -> Bool {
        guard page >= 2, page < UInt64(pageCount), count <= pageCount - Int(page) else { return false }
        for index in Int(page)..<Int(page) + count {
            if seen[index] { return false }
            seen[index] = true
        }
        return true
    }

    private func word16(_ offset: Int) -> UInt16 { UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)) }
    private func word32(_ offset: Int) -> UInt32 { UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
    private func word64(_ offset: Int) -> UInt64 { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
}
