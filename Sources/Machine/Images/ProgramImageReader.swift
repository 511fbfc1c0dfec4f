import Basics

extension ProgramImage {
    /// Reads and validates an image over mapped bytes; the constants stay where they are.
    ///
    /// Any bytes give an image or an error, never a trap. Verifying hashes the whole file: about 0.1 ms per MB.
    /// - Parameter checksConstants: false skips the checksum of the constants segment, for a caller who has just written the file.
    package init(reading storage: ByteStorage, checksConstants: Bool = true) throws(ProgramImageError) {
        let sections = try ProgramImageSections(storage, checksConstants: checksConstants)
        let target: TargetDescription = try sections.decode(.target)
        let kernels: [KernelObject] = try sections.decodeArray(.kernels)
        let program: ProgramSection = try sections.decode(.program)
        let names: ProgramNames = try sections.decode(.names)
        let constants = sections[.constants]
        guard program.constantBytes == constants.count else { throw .invalid("the constants segment has another size") }
        self.init(
            target: target, kernels: kernels, steps: program.steps, memory: program.memory, inputs: program.inputs,
            outputs: program.outputs, names: names,
            constants: constants.isEmpty ? [] : [ConstantSlice(offset: 0, storage: ByteStorage(storage, range: constants))],
            constantBytes: program.constantBytes)
        try validate()
    }

    /// Maps and reads the image at `path`.
    package init(contentsOf path: String, checksConstants: Bool = true) throws(ProgramImageError) {
        let storage: ByteStorage
        do { storage = try ByteStorage(mapping: path) } catch { throw .file(error) }
        try self.init(reading: storage, checksConstants: checksConstants)
    }
}

/// The checked section table of an image file: every range lies inside the file, every checksum holds.
struct ProgramImageSections {
    private let storage: ByteStorage
    private var ranges: [Range<Int>] = []

    subscript(section: ProgramImageFormat.Section) -> Range<Int> { ranges[Int(section.rawValue) - 1] }

    init(_ storage: ByteStorage, checksConstants: Bool) throws(ProgramImageError) {
        self.storage = storage
        let table = try checkedTable()
        for (index, section) in ProgramImageFormat.Section.allCases.enumerated() {
            let entry = table.lowerBound + index * ProgramImageFormat.tableEntryBytes
            guard word32(entry) == section.rawValue, word32(entry + 4) == 0 else {
                throw .malformedHeader("section \(index) is not the \(section.name) section")
            }
            let offset = word64(entry + 8)
            let size = word64(entry + 16)
            let start = ProgramImageFormat.aligned(ranges.last?.upperBound ?? ProgramImageFormat.headerBytes)
            guard offset == UInt64(start), size <= UInt64(table.lowerBound - min(start, table.lowerBound)) else {
                throw .malformedHeader("the \(section.name) section leaves the file")
            }
            let range = start..<start + Int(size)
            ranges.append(range)
            if section == .constants && !checksConstants { continue }
            let digest = Fingerprint(high: word64(entry + 24), low: word64(entry + 32))
            guard storage.withBytes({ Fingerprint(hashing: UnsafeRawBufferPointer(rebasing: $0[range])) }) == digest else {
                throw .checksumMismatch(section: section.name)
            }
        }
    }

    /// Checks header and table and gives the table's range.
    private func checkedTable() throws(ProgramImageError) -> Range<Int> {
        typealias Format = ProgramImageFormat
        guard storage.withBytes({ $0.starts(with: Format.magic) }) else { throw .notAnImage }
        let sections = Format.Section.allCases.count
        let tableBytes = sections * Format.tableEntryBytes + Format.tableDigestBytes
        guard storage.count >= Format.headerBytes + tableBytes else {
            throw .truncated(expectedBytes: Format.headerBytes + tableBytes, actualBytes: storage.count)
        }
        guard word32(8) == Format.version else { throw .unsupportedVersion(word32(8)) }
        guard word64(16) == UInt64(storage.count) else {
            throw .truncated(expectedBytes: Int(clamping: word64(16)), actualBytes: storage.count)
        }
        let start = storage.count - tableBytes
        guard word32(12) == UInt32(sections), word64(24) == UInt64(start) else {
            throw .malformedHeader("the section table is not where it must be")
        }
        let table = start..<storage.count - Format.tableDigestBytes
        var hash = FingerprintStream()
        storage.withBytes { bytes in
            hash.update(UnsafeRawBufferPointer(rebasing: bytes[0..<Format.headerBytes]))
            hash.update(UnsafeRawBufferPointer(rebasing: bytes[table]))
        }
        guard hash.fingerprint == Fingerprint(high: word64(table.upperBound), low: word64(table.upperBound + 8)) else {
            throw .checksumMismatch(section: "header")
        }
        return table
    }

    func decode<Value: CanonicalDecodable>(_ section: ProgramImageFormat.Section) throws(ProgramImageError) -> Value {
        do { return try Value(canonicalBytes: bytes(of: section)) } catch {
            throw .malformedSection(section.name, error)
        }
    }

    func decodeArray<Value: CanonicalDecodable>(
        _ section: ProgramImageFormat.Section
    ) throws(ProgramImageError) -> [Value] {
        var decoder = CanonicalDecoder(bytes(of: section))
        do {
            let values = try decoder.array(of: Value.self)
            try decoder.finish()
            return values
        } catch { throw .malformedSection(section.name, error) }
    }

    private func bytes(of section: ProgramImageFormat.Section) -> [UInt8] { storage.withBytes { Array($0[self[section]]) } }

    private func word32(_ offset: Int) -> UInt32 {
        storage.withBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
    }

    private func word64(_ offset: Int) -> UInt64 {
        storage.withBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
    }
}
