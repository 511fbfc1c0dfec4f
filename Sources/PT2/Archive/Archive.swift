import Basics

/// A `.pt2` archive over a mapped file: its members are slices of the map, found through the directory and never copied.
///
/// ```
/// let archive = try Archive(mapping: "captured/resnet18.pt2")
/// let program = try archive.program()
/// let weights = try archive.weights(of: program)
/// ```
/// Opening checks the directory, the layout, the format's version and the byte order: about 0.1 ms for a few hundred members.
/// Text members are checked against their checksums when they are read; tensors only by `verifyTensors`. Nothing is unpickled by calling.
package struct Archive: Sendable {
    let members: MemberTable
    /// Where the members lie.
    package let layout: ArchiveLayout
    /// The names of the programs, sorted; never empty.
    package let programNames: [String]

    /// Maps the file at `path`, which must not be truncated while it is used.
    package init(mapping path: String) throws(PT2Error) {
        let storage: ByteStorage
        do { storage = try ByteStorage(mapping: path) } catch { throw .unreadable(error) }
        try self.init(storage)
    }

    package init(_ storage: ByteStorage) throws(PT2Error) {
        members = try MemberTable(storage, isFlat: { $0.contains(ArchiveLayout.flatProgram) })
        layout = members.contains(ArchiveLayout.flatProgram) ? .flat : .folders
        programNames = members.names.compactMap(layout.programName).sorted()
        if layout == .folders { try checkFolders() }
    }

    /// The names of all members below the root folder, sorted.
    package var memberNames: [String] { members.names }

    /// The bytes of a member in place, or nil when there is none of this name. The checksum is not verified.
    package func bytes(of name: String) -> ByteStorage? { members.bytes(of: name) }

    /// The bytes of a member in place, with its checksum verified.
    package func verifiedBytes(of name: String) throws(PT2Error) -> ByteStorage { try members.verifiedBytes(of: name) }

    /// Verifies the checksums of all tensors' bytes, in order of their names: about 1.5 GB/s.
    package func verifyTensors() throws(PT2Error) {
        for name in memberNames where layout.holdsTensors(name) { _ = try verifiedBytes(of: name) }
    }

    /// The text that the exporter added under `name`, or nil.
    package func extraText(_ name: String) throws(PT2Error) -> String? {
        let member = layout.extraFolder + name
        guard members.contains(member) else { return nil }
        return String(decoding: try verifiedBytes(of: member).array, as: UTF8.self)
    }

    private func checkFolders() throws(PT2Error) {
        guard let format = try members.text(of: "archive_format") else {
            throw members.contains("data.pkl") ? .unsupportedArchive(.savedByTorchSave) : .missingMember("archive_format")
        }
        guard format == "pt2" else { throw .unsupportedArchive(.format(format)) }
        guard !programNames.isEmpty else { throw .unsupportedArchive(.noProgram) }
        guard let version = try members.text(of: "archive_version") else { throw .missingMember("archive_version") }
        guard version == "0" else { throw .unsupportedArchive(.version(version)) }
        try members.checkByteOrder(isStated: true)
    }
}
