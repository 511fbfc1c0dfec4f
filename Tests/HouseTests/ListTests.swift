import Testing

/// A type that a file declares, with the protocols of its declaration.
private struct DeclaredType {
    let name: String
    let line: Int
    let conformances: [String]

    /// The structs, classes and enums of a text, nested ones too.
    static func all(in text: SwiftText) -> [DeclaredType] {
        let tokens = text.tokens
        return tokens.indices.compactMap { index in
            guard ["struct", "class", "enum"].contains(tokens[index].text), index + 1 < tokens.count else { return nil }
            let head = tokens[(index + 1)...].prefix { $0.text != "{" && $0.text != "where" }
            return DeclaredType(name: tokens[index + 1].text, line: tokens[index].line, conformances: head.dropFirst().map(\.text))
        }
    }
}

/// Operators that are not in the list, share a file, or live in a file of another name.
func operatorViolations(in files: [RepositoryFile]) -> [Violation] {
    listViolations(
        in: files, folder: "Sources/Operators/", depth: 4, list: "OperatorSet.swift", member: "an operator",
        isMember: { $0.hasSuffix("Operator") })
}

/// Instructions that the closed enum does not have, share a file, or live in a file of another name.
func instructionViolations(in files: [RepositoryFile]) -> [Violation] {
    listViolations(
        in: files, folder: "Sources/Machine/Instructions/", depth: 4, list: "Instruction.swift", member: "an instruction",
        isMember: { $0.hasPrefix("Instruction") })
}

/// One member is one file, named after it and named in the list: the file called `list` above or in the folder.
private func listViolations(
    in files: [RepositoryFile], folder: String, depth: Int, list: String, member: String, isMember: (String) -> Bool
) -> [Violation] {
    let module = folder.split(separator: "/").prefix(2).joined(separator: "/") + "/"
    let listFile = files.first { $0.path.hasPrefix(module) && $0.name == list }
    let listed = Set(listFile?.text.map { SwiftText($0).tokens.map(\.text) } ?? [])
    var violations: [Violation] = []
    for file in files where file.isSwift && file.path.hasPrefix(folder) && file.name != list {
        guard file.path.split(separator: "/").count >= depth, let text = file.text else { continue }
        let members = DeclaredType.all(in: SwiftText(text)).filter { $0.conformances.contains(where: isMember) }
        for declared in members where !listed.contains(declared.name) {
            violations.append(Violation(file.path, line: declared.line, "\(declared.name) is not listed in \(list)"))
        }
        for declared in members.dropFirst() {
            violations.append(Violation(file.path, line: declared.line, "\(declared.name) is a second one here; \(member) is a file"))
        }
        if members.count == 1, file.name != members[0].name + ".swift" {
            violations.append(Violation(file.path, line: members[0].line, "the file of \(members[0].name) must bear its name"))
        }
    }
    return violations
}

/// Codes that two diagnostics share, and codes made outside of the lists.
func diagnosticCodeViolations(in files: [RepositoryFile]) -> [Violation] {
    var first: [String: String] = [:]
    var violations: [Violation] = []
    for file in files where file.isSwift && file.path.hasPrefix("Sources/") {
        guard let source = file.text else { continue }
        let isList = file.name.hasPrefix("DiagnosticCodes+")
        let text = SwiftText(source)
        let lines = text.codeLines
        for literal in text.literals where isDiagnosticCode(literal.content) {
            let place = "\(file.path):\(literal.line)"
            if isList, let other = first.updateValue(place, forKey: literal.content) {
                violations.append(Violation(file.path, line: literal.line, "\(literal.content) is taken at \(other)"))
            } else if !isList, lines[literal.line - 1].contains("DiagnosticCode(") {
                violations.append(Violation(file.path, line: literal.line, "\(literal.content) belongs into a DiagnosticCodes+*.swift"))
            }
        }
    }
    return violations
}

private func isDiagnosticCode(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.count == 4 && "CIPQKMNSRW".utf8.contains(bytes[0])
        && bytes[1...].allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
}

@Suite struct ListTests {
    @Test func `One operator is one listed file`() {
        let violations = operatorViolations(in: Repository.current.files)
        #expect(violations.isEmpty, "\(report(violations))")
    }

    @Test func `One instruction is one file and one case`() {
        let violations = instructionViolations(in: Repository.current.files)
        #expect(violations.isEmpty, "\(report(violations))")
    }

    @Test func `Every diagnostic code is made once, in a list of its module`() {
        let violations = diagnosticCodeViolations(in: Repository.current.files)
        #expect(violations.isEmpty, "\(report(violations))")
    }

    @Test func `An unlisted operator, a second one and a misnamed file are found`() {
        let list = RepositoryFile(
            "Sources/Operators/OperatorSet.swift", "let all: [any Operator.Type] = [Relu.self, Gelu.self, Exp.self]\n// Tanh.self\n")
        let files = [
            list, RepositoryFile("Sources/Operators/Pointwise/Relu.swift", "package struct Relu: PointwiseOperator {}"),
            RepositoryFile("Sources/Operators/Pointwise/Tanh.swift", "package struct Tanh: PointwiseOperator, Hashable {}"),
            RepositoryFile("Sources/Operators/Pointwise/Gelu.swift", "struct Gelu: Operator {}\n\nstruct Exp: Operator {}"),
            RepositoryFile("Sources/Operators/Pointwise/PointwiseShape.swift", "struct PointwiseShape: Sendable {}"),
            RepositoryFile("Sources/Operators/Pointwise/Rectify.swift", "struct Relu: Operator {}"),
        ]
        #expect(
            operatorViolations(in: files).map(\.message) == [
                "Tanh is not listed in OperatorSet.swift", "Exp is a second one here; an operator is a file",
                "the file of Relu must bear its name",
            ])
    }

    @Test func `An instruction without a case is found`() {
        let files = [
            RepositoryFile("Sources/Machine/Instruction.swift", "package enum Instruction { case copy(Copy) }"),
            RepositoryFile("Sources/Machine/Instructions/Copy.swift", "package struct Copy: InstructionBody {}"),
            RepositoryFile("Sources/Machine/Instructions/Wait.swift", "package struct Wait: InstructionBody {}"),
            RepositoryFile("Sources/Machine/Instructions/Queue.swift", "package enum Queue: UInt8 {}"),
        ]
        #expect(instructionViolations(in: files).map(\.message) == ["Wait is not listed in Instruction.swift"])
    }

    @Test func `A code used twice and a code outside the lists are found`() {
        let files = [
            RepositoryFile("Sources/PT2/DiagnosticCodes+PT2.swift", "let a = DiagnosticCode(\"I001\")\nlet b = DiagnosticCode(\"I002\")"),
            RepositoryFile("Sources/TensorIR/DiagnosticCodes+TensorIR.swift", "let c = DiagnosticCode(\"I002\")"),
            RepositoryFile("Sources/TensorIR/Graph.swift", "let d = DiagnosticCode(\"I004\")\nlet text = \"I001\""),
        ]
        #expect(
            diagnosticCodeViolations(in: files).map(\.message) == [
                "I002 is taken at Sources/PT2/DiagnosticCodes+PT2.swift:2", "I004 belongs into a DiagnosticCodes+*.swift",
            ])
    }
}
