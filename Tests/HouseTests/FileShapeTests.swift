import Testing

@Suite struct FileShapeTests {
    @Test func `No file and no function is too long`() {
        let violations = Repository.current.swiftFiles.flatMap(lengthViolations)
        #expect(violations.isEmpty, "\(report(violations))")
    }

    @Test func `A file of 401 lines is found, one of 400 is not`() {
        func seed(lines: Int) -> RepositoryFile {
            RepositoryFile("Sources/PT2/Seed.swift", String(repeating: "// line\n", count: lines))
        }
        #expect(lengthViolations(in: seed(lines: 401)).count == 1)
        #expect(lengthViolations(in: seed(lines: 400)).isEmpty)
    }

    @Test(arguments: [
        "func seed(", "init?(", "public static func == (", "subscript(", "mutating func seed<Value: Sendable>(_ make: () -> Int = { 1 }, ",
    ])
    func `A function of 51 lines is found, one of 50 is not`(signature: String) {
        func seed(lines: Int) -> RepositoryFile {
            let body = String(repeating: "        call(\"} not a brace {\") // nor } this\n", count: lines - 2)
            return RepositoryFile(
                "Sources/PT2/Seed.swift",
                "struct Seed {\n    \(signature)_ value: Int) throws -> [Int]? where Value: Any {\n\(body)    }\n}\n")
        }
        #expect(lengthViolations(in: seed(lines: 51)).map(\.line) == [2])
        #expect(lengthViolations(in: seed(lines: 50)).isEmpty)
    }

    @Test func `Extents are those of bodies, not of requirements, stored values or closures`() {
        let source = #"""
            protocol Shape {
                init(from text: String)
                func area() -> Int
                var name: String { get }
            }
            struct Square: Shape {
                var side: Int
                var table = [1: { 2 }]
                var name: String {
                    let pattern = /["{]+/
                    return "}\(side.description { "{" })" + #"a "quoted" {"#
                }
                static func < (left: Self, right: Self) -> Bool { left.side < right.side }
                func `a name with { in it`() {
                    self.init(side: 1)
                }
                deinit {
                    """
                    } text {
                    """
                }
            }
            """#
        let extents = functionExtents(in: SwiftText(source))
        #expect(extents.map(\.name).first == "name")
        #expect(extents.map(\.firstLine) == [4, 9, 13, 14, 17])
        #expect(extents.map(\.lineCount) == [1, 4, 1, 3, 5])
    }
}
