import Basics
import Machine

/// Why a text is no kernel request: the line, counted from 1, and the reason.
package struct RequestSyntaxError: Error, Hashable, Sendable {
    package let line: Int
    package let reason: String
}

extension KernelRequest {
    /// Reads the text form. Empty lines and lines that start with `#` are left out. Throws what is wrong with the first bad line.
    package init(text: String) throws(RequestSyntaxError) {
        var parser = RequestParser()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var words = RequestWords(line: index + 1, line.split(whereSeparator: { " \t\r".contains($0) }))
            guard let first = words.peek, !first.hasPrefix("#") else { continue }
            try parser.read(&words)
            try words.finish()
        }
        guard let root = parser.root else { throw RequestSyntaxError(line: 1, reason: "no root computation") }
        self.init(operands: parser.operands, root: root, program: parser.program)
    }
}

/// The words of one line, taken one by one.
private struct RequestWords {
    let line: Int
    private var rest: ArraySlice<Substring>

    init(line: Int, _ words: [Substring]) {
        self.line = line
        rest = words[...]
    }

    var peek: Substring? { rest.first }

    func fail(_ reason: String) -> RequestSyntaxError { RequestSyntaxError(line: line, reason: reason) }

    mutating func word() throws(RequestSyntaxError) -> Substring {
        guard let word = rest.popFirst() else { throw fail("the line ends too early") }
        return word
    }

    mutating func expect(_ text: String) throws(RequestSyntaxError) {
        guard try word() == text else { throw fail("'\(text)' expected") }
    }

    mutating func int() throws(RequestSyntaxError) -> Int {
        let text = try word()
        guard let value = Int(text) else { throw fail("'\(text)' is no whole number") }
        return value
    }

    mutating func float() throws(RequestSyntaxError) -> Float {
        let text = try word()
        guard let value = Float(text) else { throw fail("'\(text)' is no number") }
        return value
    }

    mutating func list() throws(RequestSyntaxError) -> [Int] {
        let text = try word()
        guard text.hasPrefix("["), text.hasSuffix("]") else { throw fail("'\(text)' is no list") }
        var values: [Int] = []
        for part in text.dropFirst().dropLast().split(separator: ",") {
            guard let value = Int(part) else { throw fail("'\(part)' is no whole number") }
            values.append(value)
        }
        return values
    }

    mutating func value() throws(RequestSyntaxError) -> LaneValue {
        let text = try word()
        guard text.hasPrefix("%"), let index = Int(text.dropFirst()) else { throw fail("'\(text)' is no value") }
        return LaneValue(index)
    }

    mutating func access() throws(RequestSyntaxError) -> LaneAccess {
        var offset = 0
        if let text = peek, text.hasPrefix("+") {
            guard let value = Int(try word().dropFirst()) else { throw fail("'\(text)' is no offset") }
            offset = value
        }
        return LaneAccess(offset: offset, strides: try list())
    }

    /// `name=value` words, until the line ends.
    mutating func integers<Geometry: NamedIntegers>(into geometry: inout Geometry) throws(RequestSyntaxError) {
        while let text = rest.popFirst() {
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let value = Int(parts[1]),
                let integer = Geometry.integers.first(where: { $0.name == parts[0] })
            else { throw fail("'\(text)' is no number of this geometry") }
            geometry[keyPath: integer.path] = value
        }
    }

    mutating func choice<Choice: CaseIterable>(_ type: Choice.Type) throws(RequestSyntaxError) -> Choice {
        let text = try word()
        guard let choice = Choice.allCases.first(where: { "\($0)" == text }) else { throw fail("'\(text)' is none of the choices") }
        return choice
    }

    func finish() throws(RequestSyntaxError) {
        if let text = rest.first { throw fail("'\(text)' is left over") }
    }
}

private struct RequestParser {
    var operands: [KernelOperand] = []
    var root: RootComputation?
    var program = LaneProgram()

    mutating func read(_ words: inout RequestWords) throws(RequestSyntaxError) {
        let keyword = try words.word()
        switch keyword {
        case "operand":
            let kind = try words.choice(KernelOperand.Kind.self)
            operands.append(KernelOperand(kind, try words.choice(ElementType.self), try words.list()))
        case "output":
            let value = try words.value()
            try words.expect("to")
            program.outputs.append(LaneOutput(value, operand: try words.int(), access: try words.access()))
        case "batch", "piece", "dimension", "lookup", "row", "column", "score": try readPart(keyword, &words)
        case _ where keyword.hasPrefix("%"):
            try readStep(keyword, into: &program, &words)
        default: root = try readRoot(keyword, &words)
        }
    }

    /// `%0 = …`, of which `name` has been read.
    private func readStep(
        _ name: Substring, into program: inout LaneProgram, _ words: inout RequestWords
    ) throws(RequestSyntaxError) {
        guard name == "%\(program.steps.count)" else { throw words.fail("%\(program.steps.count) expected") }
        try words.expect("=")
        program.steps.append(try step(&words))
    }

    private func readRoot(
        _ keyword: Substring, _ words: inout RequestWords
    ) throws(RequestSyntaxError) -> RootComputation {
        switch keyword {
        case "contraction":
            var contraction = Contraction()
            try words.integers(into: &contraction)
            return .contraction(contraction)
        case "window":
            var window = WindowComputation(try words.choice(WindowComputation.Operation.self))
            try words.integers(into: &window)
            return .window(window)
        case "lanes": return .lanes(dimensions: try words.list())
        case "column_reduction":
            var reduction = ColumnReduction(try words.choice(ColumnReduction.Operation.self))
            try words.integers(into: &reduction)
            return .columnReduction(reduction)
        case "copy":
            try words.expect("to")
            return .copy(StridedCopy(result: try words.int(), pieces: []))
        case "resize":
            var resize = Resize()
            try words.integers(into: &resize)
            return .resize(resize)
        case "recurrence":
            var recurrence = Recurrence(try words.choice(Recurrence.Cell.self))
            try words.integers(into: &recurrence)
            return .recurrence(recurrence)
        case "attention":
            var attention = AttentionComputation()
            try words.integers(into: &attention)
            return .attention(attention)
        default: throw words.fail("'\(keyword)' begins no line")
        }
    }

    /// A line that belongs to the root above it.
    private mutating func readPart(_ keyword: Substring, _ words: inout RequestWords) throws(RequestSyntaxError) {
        switch (keyword, root) {
        case ("batch", .contraction(var contraction)):
            var batch = ContractionBatch()
            try words.integers(into: &batch)
            contraction.batches.append(batch)
            root = .contraction(contraction)
        case ("batch", .attention(var attention)):
            var batch = AttentionBatch()
            try words.integers(into: &batch)
            attention.batches.append(batch)
            root = .attention(attention)
        case ("score", .attention(var attention)):
            try readStep(try words.word(), into: &attention.scores, &words)
            root = .attention(attention)
        case ("piece", .copy(var copy)):
            let isFill = try words.word() == "fill"
            let number = try words.int()
            try words.expect("from")
            let from = try words.int()
            try words.expect("to")
            let source: CopyPiece.Source = isFill ? .fill(bits: UInt32(truncatingIfNeeded: number)) : .operand(number)
            copy.pieces.append(CopyPiece(source, sourceOffset: from, resultOffset: try words.int(), dimensions: []))
            root = .copy(copy)
        case ("dimension", .copy(var copy)) where !copy.pieces.isEmpty:
            var dimension = CopyDimension()
            try words.integers(into: &dimension)
            copy.pieces[copy.pieces.count - 1].dimensions.append(dimension)
            root = .copy(copy)
        case ("lookup", .copy(var copy)) where !copy.pieces.isEmpty:
            var lookup = CopyLookup()
            try words.integers(into: &lookup)
            copy.pieces[copy.pieces.count - 1].lookup = lookup
            root = .copy(copy)
        case ("row", .resize(var resize)):
            resize.rows.append(ResizeTap(try words.int(), try words.float(), try words.int(), try words.float()))
            root = .resize(resize)
        case ("column", .resize(var resize)):
            resize.columns.append(ResizeTap(try words.int(), try words.float(), try words.int(), try words.float()))
            root = .resize(resize)
        default: throw words.fail("'\(keyword)' does not belong here")
        }
    }

    private func step(_ words: inout RequestWords) throws(RequestSyntaxError) -> LaneStep {
        let name = try words.word()
        switch name {
        case "root": return .root
        case "operand": return .operand(try words.int(), try words.access())
        case "immediate": return .immediate(try words.float())
        case "select": return .select(try words.value(), try words.value(), try words.value())
        default: break
        }
        if let reduction = LaneStep.Reduction.allCases.first(where: { "row_\($0.name)" == name }) {
            return .rowReduce(reduction, try words.value())
        }
        if let unary = LaneStep.Unary.allCases.first(where: { $0.name == name }) { return .unary(unary, try words.value()) }
        if let binary = LaneStep.Binary.allCases.first(where: { $0.name == name }) {
            return .binary(binary, try words.value(), try words.value())
        }
        throw words.fail("no step is called '\(name)'")
    }
}
