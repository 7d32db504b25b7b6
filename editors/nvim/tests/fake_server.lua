--- A language server that does what a test tells it: `nvim -l fake_server.lua`.
---
--- Beside LSP it understands, as requests of the client:
---   test/send {method, params, id?}  sends this to the client
---   test/answer {method, result?, error?}  from now on, answers such requests so
---   test/received {method}  the params of all such messages so far; with "response", the responses
---   test/exit {code}  ends

local commands = {}
for name in ("ask append permissions permission.reply diff.show review.keep review.undo review.redo review.next "
  .. "review.previous review.tell turn.keep turn.undo turn.redo answer.show abort session.new reconnect "
  .. "server.select server.restart tui.submit tui.clear"):gmatch("%S+") do
  table.insert(commands, "opencode." .. name)
end

local capabilities = {
  positionEncoding = "utf-16",
  textDocumentSync = { openClose = true, change = 2, save = true },
  executeCommandProvider = { commands = commands },
}
local version = os.getenv("FAKE_VERSION") or "0.1.0"

local answers = {}
local received = {}

io.stdout:setvbuf("no")

local function send(message)
  message.jsonrpc = "2.0"
  local body = vim.json.encode(message)
  io.stdout:write(("Content-Length: %d\r\n\r\n%s"):format(#body, body))
end

local function note(method, params)
  received[method] = received[method] or {}
  table.insert(received[method], params == nil and vim.NIL or params)
end

local function nothing_if_empty(list)
  return #list > 0 and list or vim.empty_dict()
end

local handlers = {
  ["initialize"] = function()
    return { capabilities = capabilities, serverInfo = { name = "opencode-lsp", version = version } }
  end,
  ["shutdown"] = function()
    return vim.NIL
  end,
  ["workspace/executeCommand"] = function()
    return vim.NIL
  end,
  ["test/send"] = function(params)
    send(params)
    return vim.NIL
  end,
  ["test/answer"] = function(params)
    answers[params.method] = params
    return vim.NIL
  end,
  ["test/received"] = function(params)
    return { list = nothing_if_empty(received[params.method] or {}) }
  end,
  ["test/exit"] = function(params)
    os.exit(params.code)
  end,
}

while true do
  local length
  repeat
    local line = io.stdin:read("*l")
    if not line then
      os.exit(0)
    end
    length = tonumber(line:match("^[Cc]ontent%-[Ll]ength: *(%d+)")) or length
  until line == "\r" or line == ""
  local message = vim.json.decode(io.stdin:read(length))
  if not message.method then
    -- Neovim 0.10 would lose a null on the way back to the test.
    local result = message.result == vim.NIL and "null" or message.result
    note("response", { id = message.id, result = result, error = message.error })
  else
    note(message.method, message.params)
    local answer = answers[message.method]
    local handler = handlers[message.method]
    if message.method == "exit" then
      os.exit(0)
    elseif message.id == nil then
      -- A notification.
    elseif answer then
      send({ id = message.id, result = answer.result, error = answer.error })
    elseif handler then
      send({ id = message.id, result = handler(message.params) })
    else
      send({ id = message.id, error = { code = -32601, message = "Method not found" } })
    end
  end
end
