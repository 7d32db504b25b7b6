local kit = require("kit")

local T = {}

local function point(line, character)
  return { line = line, character = character }
end

local function asked(client)
  return kit.executed(client, "opencode.ask")
end

T["ask is about the cursor, and takes the rest as the question"] = function()
  local client, path = kit.open("one\n  two\nthree\n")
  vim.api.nvim_win_set_cursor(0, { 2, 3 })
  vim.cmd("Opencode ask")
  vim.cmd("Opencode ask why is this | not C?")
  local here = { start = point(1, 3), ["end"] = point(1, 3) }
  local uri = vim.uri_from_fname(path)
  kit.eq({ { uri = uri, range = here }, { uri = uri, range = here, prompt = "why is this | not C?" } }, asked(client))
end

T["a range is whole lines"] = function()
  local client = kit.open("one\ntwo\n\nthrée𝄞\n")
  vim.cmd("1,2Opencode ask x")
  vim.cmd("2,3Opencode append")
  vim.cmd("%Opencode ask x")
  kit.eq({ start = point(0, 0), ["end"] = point(1, 3) }, asked(client)[1].range)
  kit.eq({ start = point(1, 0), ["end"] = point(2, 0) }, kit.executed(client, "opencode.append")[1].range)
  -- In UTF-16, as the fake server wants it.
  kit.eq({ start = point(0, 0), ["end"] = point(3, 7) }, asked(client)[2].range)
end

local function type(keys)
  vim.api.nvim_feedkeys(vim.keycode(keys), "xt", false)
end

T["a selection by characters is just that, by lines the lines"] = function()
  local client = kit.open("one two\nthrée four\n")
  type("gg04lvj0f ha<BS><Esc>")
  vim.cmd("silent! undo")
  type("gg04lvj02l:Opencode ask x<CR>")
  type("ggVj:Opencode ask x<CR>")
  vim.o.selection = "exclusive"
  type("gg0v3l:Opencode ask x<CR>")
  local ranges = vim.tbl_map(function(argument)
    return argument.range
  end, asked(client))
  kit.eq({ start = point(0, 4), ["end"] = point(1, 3) }, ranges[1])
  kit.eq({ start = point(0, 0), ["end"] = point(1, 10) }, ranges[2])
  kit.eq({ start = point(0, 0), ["end"] = point(0, 3) }, ranges[3])
end

T["the <Plug> maps work in normal and visual mode"] = function()
  local client = kit.open("one\ntwo\nthree\n")
  vim.keymap.set({ "n", "x" }, "ga", "<Plug>(opencode-ask)")
  type("ggVjga")
  type("Gga")
  local ranges = vim.tbl_map(function(argument)
    return argument.range
  end, asked(client))
  kit.eq({ start = point(0, 0), ["end"] = point(1, 3) }, ranges[1])
  kit.eq({ start = point(2, 0), ["end"] = point(2, 0) }, ranges[2])
end

T["words are completed"] = function()
  local function complete(line)
    return vim.fn.getcompletion(line, "cmdline")
  end
  kit.eq({ "abort", "answer", "append", "ask" }, complete("Opencode a"))
  kit.eq({ "keep", "redo", "undo" }, complete("Opencode turn "))
  kit.eq({ "previous" }, complete("Opencode review p"))
  kit.eq({ "all", "file" }, complete("'<,'>Opencode review undo "))
  kit.eq({ "live" }, complete("Opencode answer "))
  kit.eq({}, complete("Opencode nonsense "))
  kit.eq({}, complete("Opencode ask "))
  kit.eq(complete("Opencode "), complete("silent Opencode "))
end

T["wrong words are answered with the right ones"] = function()
  kit.open()
  vim.cmd("Opencode")
  vim.cmd("Opencode fly")
  vim.cmd("Opencode review fly")
  vim.cmd("Opencode review keep this")
  vim.cmd("Opencode answer now")
  kit.eq(5, #kit.said)
  assert(kit.said[1].text:find("missing") and kit.said[1].text:find("abort|answer"), vim.inspect(kit.said))
  assert(kit.said[3].text:find("`fly`") and kit.said[3].text:find(":Opencode review diff|keep"), vim.inspect(kit.said))
end

T["the other words run their commands"] = function()
  local client = kit.open()
  local words = {
    ["abort"] = "opencode.abort",
    ["answer"] = "opencode.answer.show",
    ["reconnect"] = "opencode.reconnect",
    ["review tell"] = "opencode.review.tell",
    ["server restart"] = "opencode.server.restart",
    ["server select"] = "opencode.server.select",
    ["session new"] = "opencode.session.new",
    ["tui clear"] = "opencode.tui.clear",
    ["tui submit"] = "opencode.tui.submit",
    ["turn keep"] = "opencode.turn.keep",
    ["turn redo"] = "opencode.turn.redo",
    ["turn undo"] = "opencode.turn.undo",
  }
  for word, command in pairs(words) do
    vim.cmd("Opencode " .. word)
    kit.eq({ vim.NIL }, kit.executed(client, command), word)
  end
  kit.eq({}, kit.said)
end

T["a refusal is shown"] = function()
  local client = kit.open()
  local error = { code = -32803, message = "opencode is not connected" }
  kit.ask(client, "test/answer", { method = "workspace/executeCommand", error = error })
  vim.cmd("Opencode abort")
  kit.wait(function()
    return kit.heard("not connected")
  end, "the message")
end

T["messages are kept whole, and shown"] = function()
  local client = kit.open()
  local long = ("word "):rep(100)
  kit.send(client, "window/showMessage", { type = 2, message = long })
  kit.wait(function()
    return kit.heard("word")
  end, "the message")
  vim.cmd("Opencode messages")
  assert(vim.api.nvim_buf_get_lines(0, 0, -1, false)[1]:find(long, 1, true))
end

T["the log is the file that the server was told"] = function()
  local cmd = vim.list_extend(vim.deepcopy(kit.cmd), { "--log-file", "/tmp/some opencode.log" })
  kit.open(nil, { cmd = cmd })
  vim.cmd("Opencode log")
  assert(vim.endswith(vim.api.nvim_buf_get_name(0), "some opencode.log"))
end

local function status(client, folder, more)
  kit.send(client, "opencode/status", vim.tbl_extend("force", {
    folders = { folder },
    pending = 0,
    files = 0,
    hunks = 0,
  }, more or {}))
  kit.settle()
  return require("opencode_lsp").status()
end

T["the status says what opencode is at"] = function()
  local client = kit.open()
  local seen = 0
  vim.api.nvim_create_autocmd("User", {
    pattern = "OpencodeStatus",
    callback = function()
      seen = seen + 1
    end,
  })
  local folder = { uri = client.workspace_folders[1].uri, name = "x", connection = "connected", busy = false }
  kit.eq("opencode", status(client, folder))
  folder.busy = true
  kit.eq("opencode: working, 2 permissions, 1 change", status(client, folder, { pending = 2, hunks = 1 }))
  folder.connection = "lost"
  kit.eq("opencode: connection lost", status(client, folder))
  assert(seen >= 3)
end

T["the live answer grows in its window"] = function()
  local client = kit.open()
  local function piece(fields)
    local params = { folder = "file:///x", session = "s", turn = 1, question = "Why?\nHow?", whole = false, done = false }
    kit.send(client, "opencode/answer", vim.tbl_extend("force", params, fields))
    kit.settle()
  end
  local function lines()
    return vim.api.nvim_buf_get_lines(vim.fn.bufnr("opencode://answer"), 0, -1, false)
  end
  status(client, { uri = "file:///x", name = "x", connection = "connected", busy = false })
  piece({ text = "Bec" })
  local code = vim.api.nvim_get_current_win()
  vim.cmd("Opencode answer live")
  kit.eq(code, vim.api.nvim_get_current_win())
  kit.eq({ "> Why?", "> How?", "", "Bec" }, lines())
  piece({ text = "ause\n\27[31mit" })
  kit.eq({ "> Why?", "> How?", "", "Because", "\27[31mit" }, lines())
  local window = vim.fn.bufwinid("opencode://answer")
  kit.eq(5, vim.api.nvim_win_get_cursor(window)[1])
  piece({ text = "Not so.", whole = true, done = true })
  kit.eq({ "> Why?", "> How?", "", "Not so." }, lines())
  piece({ text = "Yes.", turn = 2, question = "Really?" })
  kit.eq({ "> Really?", "", "Yes." }, lines())
  -- A late piece of the turn before is not shown, and not lost.
  piece({ text = "!", turn = 1 })
  kit.eq({ "> Really?", "", "Yes." }, lines())
  vim.cmd("Opencode answer live")
  kit.eq(2, #vim.api.nvim_tabpage_list_wins(0))
end

T["without pieces the transcript is opened"] = function()
  local client = kit.open()
  vim.cmd("Opencode answer live")
  kit.eq({ vim.NIL }, kit.executed(client, "opencode.answer.show"))
end

return T
