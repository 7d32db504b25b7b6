--- `:Opencode …`: the words, what they do, and how they are completed.

local rpc = require("opencode_lsp.rpc")
local say = require("opencode_lsp.say")

local M = {}

local function execute(command)
  return function()
    rpc.execute(command)
  end
end

--- A command about the selection, or the cursor's line.
local function at_place(command)
  return function(args, words)
    local place = require("opencode_lsp.place").of(args)
    if place then
      local prompt = table.concat(words, " ")
      place.prompt = prompt ~= "" and prompt or nil
      rpc.execute(command, place)
    end
  end
end

--- From where the cursor is, if the server knows this buffer.
local function go(command)
  return function(args)
    local is_known = rpc.attached(vim.api.nvim_get_current_buf()) ~= nil
    rpc.execute(command, is_known and require("opencode_lsp.place").of(args) or nil)
  end
end

local function judge(verdict)
  return {
    run = function(args, words)
      require("opencode_lsp.changes").judge(verdict, args, words[1])
    end,
    words = { "all", "file" },
  }
end

local function call(name, method)
  return function()
    require("opencode_lsp." .. name)[method]()
  end
end

local function answer(_, words)
  if #words == 0 then
    rpc.execute("opencode.answer.show")
  elseif words[1] == "live" then
    require("opencode_lsp.answer").open()
  else
    say.warn(("`:Opencode answer %s`: nothing, or `live`"):format(words[1]))
  end
end

local function messages()
  local lines = vim.tbl_map(function(text)
    return (text:gsub("\n", " "))
  end, say.history)
  local bufnr = require("opencode_lsp.scratch").buffer("opencode://messages", #lines > 0 and lines or { "none yet" })
  vim.cmd(("botright sbuffer %d"):format(bufnr))
  vim.api.nvim_win_set_cursor(0, { vim.api.nvim_buf_line_count(bufnr), 0 })
end

--- The file that the language server was told to log to, else Neovim's, which has its errors.
local function log()
  local client = rpc.client()
  local cmd = client and client.config.cmd or require("opencode_lsp.config").cmd
  local path = vim.lsp.log.get_filename()
  for index, word in ipairs(type(cmd) == "table" and cmd or {}) do
    path = word:match("^%-%-log%-file=(.+)") or word == "--log-file" and cmd[index + 1] or path
  end
  vim.cmd.tabedit(vim.fn.fnameescape(path))
end

--- A function, a table of `run` and `words`, or more words in a table of these.
local tree = {
  abort = execute("opencode.abort"),
  answer = { run = answer, words = { "live" } },
  append = at_place("opencode.append"),
  ask = at_place("opencode.ask"),
  diff = call("diff", "toggle"),
  hunks = call("hunks", "toggle"),
  log = log,
  messages = messages,
  permissions = call("dialogs", "recall"),
  reconnect = execute("opencode.reconnect"),
  review = {
    diff = call("diff", "toggle"),
    keep = judge("keep"),
    list = call("changes", "list"),
    next = go("opencode.review.next"),
    previous = go("opencode.review.previous"),
    redo = judge("redo"),
    tell = execute("opencode.review.tell"),
    undo = judge("undo"),
  },
  server = { restart = execute("opencode.server.restart"), select = execute("opencode.server.select") },
  session = { new = execute("opencode.session.new") },
  start = call("client", "restart"),
  tui = { clear = execute("opencode.tui.clear"), submit = execute("opencode.tui.submit") },
  turn = {
    keep = execute("opencode.turn.keep"),
    redo = execute("opencode.turn.redo"),
    undo = execute("opencode.turn.undo"),
  },
}

--- What the first words lead to, and the words that are left.
local function find(words)
  local node = tree
  for index, word in ipairs(words) do
    local next_node = type(node) == "table" and not node.run and node[word]
    if not next_node then
      return node, vim.list_slice(words, index)
    end
    node = next_node
  end
  return node, {}
end

local function choices(node)
  if type(node) == "function" then
    return {}
  end
  local words = node.words or vim.tbl_keys(node)
  table.sort(words)
  return words
end

--- Runs what `:Opencode` was called with.
---@param args table as `nvim_create_user_command` gives it
function M.run(args)
  local node, rest = find(args.fargs)
  if type(node) == "function" then
    node(args, rest)
  elseif node.run then
    node.run(args, rest)
  else
    local begun = table.concat(vim.list_slice(args.fargs, 1, #args.fargs - #rest), " ")
    local what = rest[1] and ("`%s` is no word of :Opencode"):format(rest[1]) or "a word is missing"
    say.warn(what, (":Opencode %s%s"):format(begun ~= "" and begun .. " " or "", table.concat(choices(node), "|")))
  end
end

---@param line string the command line up to the cursor
---@return string[]
function M.complete(line)
  local words = vim.split(line:gsub("^.-Opencode!?%s+", ""), "%s+")
  local begun = table.remove(words)
  local node, rest = find(words)
  if #rest > 0 then
    return {}
  end
  return vim.tbl_filter(function(word)
    return vim.startswith(word, begun)
  end, choices(node))
end

return M
