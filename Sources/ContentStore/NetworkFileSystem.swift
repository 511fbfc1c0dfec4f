import CLMDB
import Glibc

/// File systems on which LMDB's locks and shared maps cannot be relied on.
package enum NetworkFileSystem {
    /// The numbers that `statfs` gives, from Linux's `magic.h` and the file systems' own sources.
    private static let names: [UInt32: String] = [
        0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB2", 0x0102_1997: "9P", 0x5346_414F: "AFS",
        0x6B41_4653: "AFS", 0x7375_7245: "Coda", 0x00C3_6400: "Ceph", 0x0BD0_0BD0: "Lustre", 0x564C: "NCP", 0xAAD7_AAEA: "PanFS",
        0x4750_4653: "GPFS", 0x7461_636F: "OCFS2", 0x0116_1970: "GFS2", 0x1983_0326: "BeeGFS",
    ]

    /// The name of the network file system that a number means; nil for every other.
    package static func name(ofKind kind: Int) -> String? { names[UInt32(truncatingIfNeeded: kind)] }

    /// The name of the network file system that a path is on; nil for a local one.
    package static func name(at path: String) -> String? {
        var status = statfs()
        guard statfs(path, &status) == 0 else { return nil }
        return name(ofKind: Int(status.f_type))
    }
}
