--- What the tests have in common. Every test runs in a Neovim of its own.

local M = {}

local here = vim.fs.dirname(debug.getinfo(1, "S").source:sub(2))
M.plugin = vim.fs.dirname(here)
M.cmd = { vim.v.progpath, "-l", here .. "/fake_server.lua" }

--- Everything that was said by `vim.notify`.
---@type { text: string, level: integer }[]
M.said = {}
vim.notify = function(text, level)
  table.insert(M.said, { text = text, level = level })
end

---@param condition fun(): any
---@param what string
function M.wait(condition, what)
  local value
  local is_met = vim.wait(5000, function()
    value = condition()
    return value ~= nil and value ~= false
  end, 10)
  assert(is_met, "waited in vain for " .. what .. "\nsaid: " .. vim.inspect(M.said))
  return value
end

--- Lets everything that is on its way arrive.
function M.settle()
  vim.wait(150, function() end)
end

function M.eq(expected, actual, what)
  assert(
    vim.deep_equal(expected, actual),
    ("%s\nexpected %s\nbut it is %s"):format(what or "", vim.inspect(expected), vim.inspect(actual))
  )
end

--- What was said with this in it.
function M.heard(part)
  for _, message in ipairs(M.said) do
    if message.text:find(part, 1, true) then
      return message.text
    end
  end
end

--- A file of a project of its own.
---@param text string
---@return string path
function M.file(text)
  local folder = vim.fs.normalize(vim.uv.fs_realpath(assert(vim.uv.fs_mkdtemp(vim.fn.tempname() .. "XXXXXX"))))
  vim.fn.mkdir(folder .. "/.git")
  M.write(folder .. "/a.py", text)
  return folder .. "/a.py"
end

function M.write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

--- Opens a file with the plugin set up, and waits for the client.
---@param text? string
---@param options? table
---@return vim.lsp.Client, string path
function M.open(text, options)
  local path = M.file(text or "one\ntwo\nthree\n")
  local command = vim.deepcopy(options or {})
  command.cmd = command.cmd or M.cmd
  require("opencode_lsp").setup(command)
  vim.cmd.edit(path)
  local client = M.wait(function()
    local client = vim.lsp.get_clients({ name = "opencode", bufnr = 0 })[1]
    return client and client.initialized and client
  end, "the client")
  return client, path
end

--- A request to the fake server.
function M.ask(client, method, params)
  local answer
  require("opencode_lsp.rpc").request(client, method, params, function(error, result)
    answer = { error = error, result = result }
  end)
  M.wait(function()
    return answer
  end, method)
  assert(not answer.error, vim.inspect(answer.error))
  return answer.result
end

--- Lets the fake server send a notification, or a request with an id.
function M.send(client, method, params, id)
  M.ask(client, "test/send", { method = method, params = params, id = id })
end

--- What the fake server has received of this method; waits for as many.
---@param count? integer
function M.received(client, method, count)
  local list
  M.wait(function()
    list = M.ask(client, "test/received", { method = method }).list
    return #list >= (count or 0)
  end, method)
  return list
end

--- The response to the server's request with this id, if there is one yet.
function M.response(client, id)
  for _, response in ipairs(M.received(client, "response")) do
    if response.id == id then
      return response
    end
  end
end

--- The arguments of the commands that the server was to run.
function M.executed(client, command)
  local calls = {}
  for _, params in ipairs(M.received(client, "workspace/executeCommand")) do
    if params.command == command then
      table.insert(calls, params.arguments and params.arguments[1] or vim.NIL)
    end
  end
  return calls
end

--- Lets the fake server publish these, each `{line, message, code?, id?, end_line?}` with 0-based lines.
function M.publish(client, path, diagnostics)
  local list = vim.tbl_map(function(one)
    return {
      range = {
        start = { line = one[1], character = 0 },
        ["end"] = { line = one.end_line or one[1], character = one.end_line and 0 or 1 },
      },
      message = one[2],
      severity = 3,
      source = "opencode",
      code = one.code or "change",
      data = { id = one.id or "1.1" },
    }
  end, diagnostics)
  M.send(client, "textDocument/publishDiagnostics", {
    uri = vim.uri_from_fname(path),
    diagnostics = #list > 0 and list or vim.empty_dict(),
  })
end

--- The buttons of a dialog.
function M.buttons(...)
  return vim.tbl_map(function(title)
    return { title = title }
  end, { ... })
end

return M
