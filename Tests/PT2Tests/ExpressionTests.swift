import PT2
import Testing

@Suite struct ExpressionTests {
    private static let symbols = ["s0": 21, "s1": 4, "u0": -7]

    @Test(arguments: [
        ("Integer(3)", 3), ("Integer(-1)", -1), ("5", 5), ("Symbol('s0', positive=True, integer=True)", 21),
        ("Add(Symbol('s0'), Integer(-1))", 20), ("Mul(Integer(2), Symbol('s0', integer=True), Symbol(\"s1\"))", 168),
        ("Add(FloorDiv(Add(Symbol('s0', positive=True, integer=True), Integer(-1)), Integer(8)), Integer(1))", 3),
        ("Pow(Symbol('s1'), Integer(2))", 16), ("Mul(Symbol('s1'), Pow(Integer(2), Integer(-1)))", 2),
        ("Mul(Rational(1, 2), Symbol('s1'))", 2), ("FloorDiv(Symbol('u0'), Integer(2))", -4),
        ("PythonMod(Symbol('u0'), Integer(3))", 2), ("Mod(Symbol('s0'), Integer(4))", 1), ("CleanDiv(Integer(12), Symbol('s1'))", 3),
        ("ModularIndexing(Symbol('s0'), Integer(2), Integer(4))", 2), ("Max(Symbol('s0'), Symbol('s1'), Integer(9))", 21),
        ("Min(Symbol('s0'), Symbol('u0'))", -7), ("CeilToInt(IntTrueDiv(Symbol('s0'), Integer(2)))", 11),
        ("TruncToInt(IntTrueDiv(Symbol('u0'), Integer(2)))", -3), ("FloorToInt(IntTrueDiv(Symbol('u0'), Integer(2)))", -4),
        ("floor(Mul(Symbol('s0'), Rational(1, 4)))", 5), ("ceiling(Mul(Symbol('s0'), Rational(1, 4)))", 6),
        ("Abs(Symbol('u0'))", 7), ("Identity(Symbol('s0'))", 21), ("RoundToInt(Float('2.5', precision=53))", 2),
        ("TruncToInt(FloatTrueDiv(Float('7.5', precision=53), ToFloat(Integer(2))))", 3),
        ("torch.utils._sympy.functions.FloorDiv(Symbol('s0'), Integer(2))", 10),
        ("Where(StrictLessThan(Symbol('s0'), Integer(30)), Integer(1), Integer(2))", 1),
        ("Where(And(Not(Equality(Symbol('s0'), Integer(21))), true), Integer(1), Integer(2))", 2),
        ("Where(Or(false, GreaterThan(Symbol('s1'), Integer(4))), Integer(1), Integer(2))", 1),
        ("Add( Integer( 1 ) , Integer(2))", 3),
        // As Python prints them, and PyTorch 2.5 wrote them.
        ("s0", 21), ("2*s0 + 1", 43), ("s0 - s1 - 1", 16), ("-s0 + 3", -18), ("-s1**2", -16), ("s1**2*2", 32), ("(s0 - 1)//8 + 1", 3),
        ("((s0 + 1)//(2*s1))", 2), ("s0//2//3", 3), ("u0 % 3", 2), ("s1/2", 2), ("Max(1, s0 - 20) * 2", 2), ("8+1-2", 7),
        ("Where(s0 >= 21, 1, 2)", 1), ("Where(s0 == s1, 1, 2)", 2), ("Where(s0 != s1, 1, 2)", 1), ("Where(u0 < -7, 1, 2)", 2),
    ])
    func `An expression has the value that Python computes`(_ text: String, _ expected: Int) throws {
        #expect(try SymbolicExpression(parsing: text).integer(where: Self.symbols) == expected)
    }

    @Test(arguments: [
        ("", ExpressionProblem.expected("a name", at: 0)), ("Add(", .expected("a name", at: 4)),
        ("Add(Integer(1) Integer(2))", .expected("',' or ')'", at: 15)), ("Integer(1))", .expected("the end of the expression", at: 10)),
        ("Symbol('s0", .expected("a closing quote", at: 10)), ("Symbol('s\\x0')", .expected("a closing quote", at: 9)),
        ("Symbol()", .wrongArguments("Symbol")), ("Integer(99999999999999999999)", .numberOutOfRange),
        ("lambda: 0", .expected("the end of the expression", at: 6)), ("s0 +", .expected("a name", at: 4)),
        ("(s0", .expected("')'", at: 3)),
        ("s0 = 1", .expected("the end of the expression", at: 3)), ("[1]", .expected("a name", at: 0)),
    ])
    func `Text outside the grammar is refused`(_ text: String, _ problem: ExpressionProblem) {
        #expect(throws: problem) { try SymbolicExpression(parsing: text) }
    }

    @Test(arguments: [
        ("Symbol('s9')", ExpressionProblem.unknownSymbol("s9")), ("Add()", .wrongArguments("Add")),
        ("Sin(Integer(1))", .unknownFunction("Sin")), ("FloorDiv(Integer(1), Integer(0))", .divisionByZero),
        ("Mod(Integer(1), Integer(0))", .divisionByZero), ("Mul(9223372036854775807, 2)", .numberOutOfRange),
        ("Add(9223372036854775807, 1)", .numberOutOfRange), ("Mul(-9223372036854775808, -1)", .numberOutOfRange),
        ("Abs(-9223372036854775808)", .numberOutOfRange), ("Pow(Integer(2), Integer(64))", .numberOutOfRange),
        ("Pow(Integer(1), Integer(9223372036854775807))", .numberOutOfRange), ("Pow(Integer(0), Integer(-1))", .divisionByZero),
        ("Rational(1, 2)", .notAnInteger), ("true", .notAnInteger), ("Add(true, Integer(1))", .wrongArguments("a number")),
        ("Not(Integer(1))", .wrongArguments("a condition")), ("TruncToInt(Float('1e300'))", .numberOutOfRange),
        ("TruncToInt(oo)", .numberOutOfRange), ("Rational(-9223372036854775808, -1)", .numberOutOfRange),
    ])
    func `An expression without a value says why`(_ text: String, _ problem: ExpressionProblem) throws {
        let expression = try SymbolicExpression(parsing: text)
        #expect(throws: problem) { try expression.integer(where: Self.symbols) }
    }

    @Test func `A size that only the run knows has no number`() throws {
        let program = try Fixture.archive("data_dependent").program()
        let result = try #require(program.graph.tensors["nonzero"])
        #expect(throws: PT2Error.malformedExpression(text: "u0", .unknownSymbol("u0"))) {
            try Specialisation(program).values(of: result.sizes)
        }
    }

    @Test func `Symbols take the values that they had at capture`() throws {
        let program = try Fixture.archive("dynamic_batch").program()
        let symbols = Specialisation(program)
        #expect(symbols.symbols == ["s10": 5])
        let output = try #require(program.graph.tensors["linear_1"])
        #expect(try symbols.values(of: output.sizes) == [5, 3])
    }
}
