import Basics
import PT2
import Testing

/// A broken archive and the place where its diagnostic is kept.
struct Mistake: Sendable, CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    var testDescription: String { name }

    init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    init(_ name: String, _ builder: ArchiveBuilder) { self.init(name, builder.bytes()) }

    init(_ name: String, program: String) { self.init(name, ArchiveBuilder(program: program)) }

    init(_ name: String, weight: String) { self.init(name, ArchiveBuilder(weights: weight)) }

    static let sound = ArchiveBuilder()

    static let files: [Mistake] = [
        Mistake("empty file", []),
        Mistake("wrong magic", Array("#!/bin/sh\nexit 1\n".utf8)),
        Mistake("git lfs pointer", Array("version https:".utf8) + Array("//git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n".utf8)),
        Mistake("truncated archive", Array(sound.bytes().dropLast(200))),
        Mistake("only a magic", [0x50, 0x4B, 3, 4]),
        Mistake("no members", .empty),
        Mistake(
            "several disks",
            Array(sound.with { $0.hasZip64 = false }.bytes().dropLast(18)) + [1] + sound.with { $0.hasZip64 = false }.bytes().suffix(17)),
        Mistake("directory size beyond the file", sound.with { $0.directorySize = 1 << 40 }),
        Mistake("directory offset beyond the file", sound.with { $0.directoryOffset = .max - 3 }),
        Mistake("more entries than fit", sound.with { $0.entryCount = 1 << 40 }),
        Mistake("fewer entries than bytes", sound.with { $0.entryCount = 2 }),
        Mistake("zip64 locator into the void", sound.with { $0.zip64Offset = .max }),
        Mistake(
            "zip64 record missing",
            sound.with {
                $0.hasZip64 = false
                $0.entryCount = 0xFFFF
            }),
        Mistake("bytes before the archive", Array("PK\u{3}\u{4}".utf8) + sound.bytes()),
    ]

    static let members: [Mistake] = [
        Mistake("deflated member", sound.changing("weight_0") { $0.method = 8 }),
        Mistake("encrypted member", sound.changing("weight_0") { $0.flags = 0x0809 }),
        Mistake("wrong checksum", sound.changing("model.json") { $0.checksum = 0 }),
        Mistake("size beyond the file", sound.changing("weight_0") { $0.size = 0x7FFF_FFFF }),
        Mistake(
            "zip64 size beyond the file",
            sound.changing("weight_0") {
                $0.size = .max
                $0.isWide = true
            }),
        Mistake("offset beyond the file", sound.changing("weight_0") { $0.offset = 0x7FFF_FFFF }),
        Mistake("offset to no header", sound.changing("weight_0") { $0.offset = 7 }),
        Mistake("overlapping members", sound.changing("weight_0") { $0.size = 2000 }),
        Mistake("local header with another name", sound.changing("weight_0") { $0.localName = "net/data/weights/weight_1" }),
        Mistake("duplicate member", sound.with { $0.members.append($0.members[1]) }),
        Mistake("absolute name", sound.changing("weight_0") { $0.name = "/etc/passwd" }),
        Mistake("name with dots", sound.changing("weight_0") { $0.name = "net/../../weight_0" }),
        Mistake("name with a backslash", sound.changing("weight_0") { $0.name = "net\\weight_0" }),
        Mistake("name with a control character", sound.changing("weight_0") { $0.name = "net/\u{1}" }),
        Mistake("long name", sound.changing("weight_0") { $0.name = "net/" + String(repeating: "n", count: 5000) }),
        Mistake("empty name", sound.changing("weight_0") { $0.name = "" }),
        Mistake("no root folder", sound.changing("weight_0") { $0.name = "other/weight_0" }),
    ]

    static let layouts: [Mistake] = [
        Mistake(
            "torch save",
            ArchiveBuilder.empty.with {
                $0.add("net/data.pkl", "")
                $0.add("net/version", "3")
            }),
        Mistake("no archive format", sound.without("archive_format")),
        Mistake("another format", sound.replacing("archive_format", "pt3")),
        Mistake("another archive version", sound.replacing("archive_version", "1")),
        Mistake("big-endian", sound.replacing("byteorder", "big")),
        Mistake("no byte order", sound.without("byteorder")),
        Mistake("no program", sound.without("model.json")),
        Mistake("no weights table", sound.without("weights_config.json")),
        Mistake("no constants table", sound.without("constants_config.json")),
    ]
}

/// Reads everything that an archive has; sizes that only the run knows have no numbers.
func readAll(_ archive: Archive, hasStaticSizes: Bool = true) throws(PT2Error) {
    let program = try archive.program()
    let weights = try archive.weights(of: program)
    let symbols = Specialisation(program)
    for name in program.graph.tensors.keys.sorted() where hasStaticSizes {
        if let type = program.graph.tensors[name] { _ = try symbols.values(of: type.sizes) }
    }
    for input in program.signature.inputs { _ = try weights.tensor(for: input.kind)?.fingerprint }
    _ = program.origins.resolved()
    _ = program.description
}

@Suite struct MistakeTests {
    @Test(
        arguments: Mistake.files + Mistake.members + Mistake.layouts + Mistake.programs + Mistake.weights + Mistake.pickles
            + Mistake.storages)
    func `Each mistake gives one diagnostic with a code, a place and a remedy`(_ mistake: Mistake) throws {
        do throws(PT2Error) {
            try readAll(try Archive(ByteStorage(mistake.bytes)))
            Issue.record("\(mistake.name) was read without complaint")
        } catch {
            let diagnostic = error.diagnostic(in: "captured/net.pt2")
            #expect(diagnostic.position?.file == "captured/net.pt2")
            #expect(diagnostic.help?.isEmpty == false)
            try Cases.expect("\(diagnostic)\n", in: "Errors/\(mistake.name)")
        }
    }

    @Test func `The sound archive that the mistakes are made from is read`() throws {
        try readAll(try ArchiveBuilder().archive())
        try readAll(try ArchiveBuilder().with { $0.hasZip64 = false }.archive())
        try readAll(try ArchiveBuilder().with { $0.comment = Array("PK\u{5}\u{6} is not the end".utf8) }.archive())
        try readAll(try ArchiveBuilder().changing("weight_0") { $0.isWide = true }.archive())
        try readAll(try ArchiveBuilder(root: "archive").archive())
    }

    @Test func `A file that is not there is named`() {
        #expect(throws: PT2Error.self) { try Archive(mapping: "/nowhere/net.pt2") }
        #expect(throws: PT2Error.self) { try Archive(mapping: "/") }
    }
}
