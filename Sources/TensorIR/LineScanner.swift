import Basics

/// Reads the tokens of one line of graph text, from left to right. Blanks separate, `#` outside a quoted text ends the line.
struct LineScanner {
    private var text: Substring
    private let number: Int

    init(_ text: Substring, number: Int) {
        self.text = text
        self.number = number
        skipBlanks()
    }

    var isAtEnd: Bool { text.isEmpty }
    var rest: String { String(text) }

    func error(_ message: String) -> GraphSyntaxError { GraphSyntaxError(line: number, message: message) }

    private mutating func skipBlanks() {
        text = text.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        if text.first == "#" { text = "" }
    }

    func peek(_ token: String) -> Bool { text.hasPrefix(token) }

    /// Takes the token when it comes next.
    mutating func accept(_ token: String) -> Bool {
        guard text.hasPrefix(token) else { return false }
        text = text.dropFirst(token.count)
        skipBlanks()
        return true
    }

    mutating func expect(_ token: String) throws(GraphSyntaxError) {
        guard accept(token) else { throw error("expected '\(token)' before '\(text)'") }
    }

    /// A run of letters, digits and `_ . @ $ / - +`: names, numbers, key words.
    mutating func word() throws(GraphSyntaxError) -> String {
        let word = text.prefix { $0.isLetter || $0.isNumber || "_.@$/-+".contains($0) }
        guard !word.isEmpty else { throw error("expected a word before '\(text)'") }
        text = text.dropFirst(word.count)
        skipBlanks()
        return String(word)
    }

    /// A text in quotes.
    mutating func string() throws(GraphSyntaxError) -> String {
        guard text.first == "\"" else { throw error("expected a text in quotes before '\(text)'") }
        var result = ""
        var isEscaped = false
        for (offset, character) in text.dropFirst().enumerated() {
            if isEscaped {
                result.append(character == "n" ? "\n" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                text = text.dropFirst(offset + 2)
                skipBlanks()
                return result
            } else {
                result.append(character)
            }
        }
        throw error("a text in quotes does not end")
    }

    /// `0x` and an even number of hexadecimal digits.
    mutating func bytes() throws(GraphSyntaxError) -> [UInt8] {
        let digits = try word()
        guard digits.hasPrefix("0x"), digits.utf8.count % 2 == 0 else { throw error("'\(digits)' is not bytes") }
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in digits.dropFirst(2) {
            guard let digit = character.hexDigitValue.map(UInt8.init) else { throw error("'\(digits)' is not bytes") }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return bytes
    }

    /// `f32[1,8]`, with `@nhwc` behind it when stored channels-last.
    mutating func tensorType() throws(GraphSyntaxError) -> TensorType {
        let name = try word()
        guard let element = ElementType(name: name) else { throw error("'\(name)' is not an element type") }
        let shape = try list { (line: inout LineScanner) throws(GraphSyntaxError) in try line.integer() }
        return TensorType(element, shape, layout: accept("@nhwc") ? .channelsLast : .rowMajor)
    }

    mutating func integer() throws(GraphSyntaxError) -> Int {
        let word = try word()
        guard let value = Int(word) else { throw error("'\(word)' is not an integer") }
        return value
    }

    private mutating func float() throws(GraphSyntaxError) -> Double {
        let word = try word()
        guard let value = Self.float(word) else { throw error("'\(word)' is not a float") }
        return value
    }

    private static func float(_ word: String) -> Double? {
        switch word {
        case "nan": .nan
        case "inf": .infinity
        case "-inf": -.infinity
        default: Double(word)
        }
    }

    /// `[a,b,c]`.
    private mutating func list<Member>(
        _ member: (inout LineScanner) throws(GraphSyntaxError) -> Member
    ) throws(GraphSyntaxError) -> [Member] {
        try expect("[")
        var members: [Member] = []
        while !peek("]") {
            members.append(try member(&self))
            guard accept(",") else { break }
        }
        try expect("]")
        return members
    }

    /// An attribute's value; its form tells its kind: `true`, `3`, `3.0`, `"same"`, `f32`, `[1,2]`, `f[1.0,2.0]`.
    mutating func attributeValue() throws(GraphSyntaxError) -> AttributeValue {
        if peek("\"") { return .string(try string()) }
        if peek("[") { return .ints(try list { (line: inout LineScanner) throws(GraphSyntaxError) in try line.integer() }) }
        if peek("f[") {
            _ = accept("f")
            return .floats(try list { (line: inout LineScanner) throws(GraphSyntaxError) in try line.float() })
        }
        let word = try word()
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: break
        }
        if let value = Int(word) { return .int(value) }
        if let element = ElementType(name: word) { return .elementType(element) }
        if let value = Self.float(word) { return .float(value) }
        throw error("'\(word)' is not a value")
    }
}
