import Basics

extension Archive {
    /// Reads a program: the one called `name`, or the only one, or the one called `model`.
    ///
    /// resnet18's 250 KB take about a millisecond. The tensors are not touched.
    package func program(named name: String? = nil) throws(PT2Error) -> Program {
        let name = name ?? mainProgramName
        let member = layout.programMember(name)
        let bytes = try verifiedBytes(of: member)
        defer { withExtendedLifetime(bytes) {} }
        var program: Program
        do {
            var reader = ProgramReader(bytes)
            program = try reader.program(name: name)
        } catch {
            // A program of another major version may differ in any field: say that first.
            if let version = Self.schemaVersion(in: bytes), !Program.SchemaVersion.readMajors.contains(version.major) {
                throw .unsupportedSchema(major: version.major, minor: version.minor)
            }
            throw PT2Error(error, in: member)
        }
        try Self.check(program.schemaVersion, warnings: &program.warnings)
        do { try program.validate() } catch { throw .malformedProgram(member: member, error.problem) }
        return program
    }

    /// The only program, or among several the one of the name that `torch.export.save` gives.
    package var mainProgramName: String { programNames.count == 1 ? programNames[0] : "model" }

    /// The fingerprint of a program's JSON, by which reading it can be remembered.
    package func programFingerprint(named name: String) -> Fingerprint? {
        bytes(of: layout.programMember(name))?.fingerprint
    }

    private static func check(_ version: Program.SchemaVersion, warnings: inout [Diagnostic]) throws(PT2Error) {
        let tested = Program.SchemaVersion.newestTested
        guard Program.SchemaVersion.readMajors.contains(version.major) else {
            throw .unsupportedSchema(major: version.major, minor: version.minor)
        }
        guard version.major == tested.major, version.minor > tested.minor else { return }
        warnings.append(
            Diagnostic(
                .newerSchema, severity: .warning,
                "the program's schema is \(version.major).\(version.minor), newer than \(tested.major).\(tested.minor)",
                notes: ["fields that this version does not know were passed over"],
                help: "update reglaze, or re-export the model with an older PyTorch release if its results look wrong"))
    }

    /// The schema version alone, for a program that cannot be read whole.
    private static func schemaVersion(in bytes: ByteStorage) -> Program.SchemaVersion? {
        var json = JSONReader(bytes)
        var version = Program.SchemaVersion(major: -1, minor: 0)
        do {
            try json.beginObject()
            while let field = try json.nextField() {
                guard field == .schemaVersion else {
                    try json.skip()
                    continue
                }
                try json.beginObject()
                while let field = try json.nextField() {
                    switch field {
                    case .major: version.major = try json.integer()
                    case .minor: version.minor = try json.integer()
                    default: try json.skip()
                    }
                }
                return version.major < 0 ? nil : version
            }
        } catch { return nil }
        return nil
    }
}
