import Glibc
import Synchronization

/// Where two changes of a file never have the same time if somebody looked at the file between them: Linux from 6.13 on, on the file systems that it
/// names (`FS_MGTIME`; Documentation/filesystems/multigrain-ts.rst). There a signature stands for its content from the moment it was taken.
package enum FineTimes {
    private static let fileSystems: Set<String> = ["ext4", "xfs", "btrfs", "tmpfs"]
    private static let firstKernel = (6, 13)
    private static let known = Mutex<[UInt64: Bool]>([:])

    /// `device`: `st_dev`. Looks into the table of mounts once for each.
    package static func hold(onDevice device: UInt64) -> Bool {
        known.withLock { known in
            if let answer = known[device] { return answer }
            let answer = isNewKernel && fileSystem(ofDevice: device).map(fileSystems.contains) == true
            known[device] = answer
            return answer
        }
    }

    private static let isNewKernel: Bool = {
        var names = utsname()
        guard uname(&names) == 0 else { return false }
        let release = withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return isNew(release: release)
    }()

    package static func isNew(release: String) -> Bool {
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return numbers.count == 2 && (numbers[0], numbers[1]) >= firstKernel
    }

    private static func fileSystem(ofDevice device: UInt64) -> String? {
        guard let file = fopen("/proc/self/mountinfo", "re") else { return nil }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let text = line {
            if let name = fileSystem(ofDevice: device, inMount: String(cString: text)) { return name }
        }
        return nil
    }

    /// The type in a line of `/proc/self/mountinfo`, if it is of the device: `27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw`.
    package static func fileSystem(ofDevice device: UInt64, inMount line: String) -> String? {
        let fields = line.split(separator: " ")
        guard fields.count > 3, fields[2] == "\(major(device)):\(minor(device))",
            let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count
        else { return nil }
        return String(fields[dash + 1])
    }

    // As glibc packs the two numbers of a device.
    private static func major(_ device: UInt64) -> UInt64 { (device >> 8) & 0xFFF | (device >> 32) & 0xFFFF_F000 }
    private static func minor(_ device: UInt64) -> UInt64 { device & 0xFF | (device >> 12) & 0xFFFF_FF00 }
}
