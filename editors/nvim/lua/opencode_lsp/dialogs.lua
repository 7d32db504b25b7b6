--- `window/showMessageRequest`: what the user has asked for is a list at once; what comes by itself
--- is a message, so that it takes no key that was meant for the text.

local config = require("opencode_lsp.config")
local rpc = require("opencode_lsp.rpc")
local say = require("opencode_lsp.say")

local M = {}

--- For so long after a recall or an answer, the next of the recalled requests may come.
local RECALL_MS = 3000

--- Permission requests that were told and not answered, by client and wish, with their number.
---@type table<integer, table<string, integer>>
local told = {}

--- What the user has asked to see again, likewise, and until when.
---@type table<string, integer>
local recalled = {}
local recalled_until = 0

local function count_up(counts, text)
  counts[text] = (counts[text] or 0) + 1
end

local function count_down(counts, text)
  local count = counts[text]
  if not count then
    return false
  end
  counts[text] = count > 1 and count - 1 or nil
  return true
end

--- What a request is about, without its session: that gets its title while the request is pending.
local function wish_of(params)
  return params.message:match("^(.*) %(session .*%)$") or params.message
end

local function titles(params)
  return vim.tbl_map(function(action)
    return action.title
  end, params.actions or {})
end

local function select(params)
  local chosen = rpc.await(function(done)
    vim.ui.select(params.actions, {
      prompt = params.message:gsub("%s*\n%s*", " ") .. ": ",
      kind = "opencode",
      format_item = function(action)
        return (action.title:gsub("%s*\n%s*", " "))
      end,
    }, function(action)
      done(action or vim.NIL)
    end)
  end)
  return chosen
end

--- The server keeps a dismissed request, and shows it again when it is recalled.
local function permission(params, client_id)
  local mine = told[client_id] or {}
  told[client_id] = mine
  local wish = wish_of(params)
  local is_recalled = vim.uv.now() <= recalled_until and count_down(recalled, wish)
  if not is_recalled and config.ui.permissions ~= "select" then
    count_up(mine, wish)
    say.warn(params.message, "answer with :Opencode permissions")
    M.changed()
    return vim.NIL
  end
  if not is_recalled then
    count_up(mine, wish)
  end
  -- However long the user takes, what comes after it was recalled as well.
  recalled_until = math.huge
  local chosen = select(params)
  recalled_until = vim.uv.now() + RECALL_MS
  if chosen ~= vim.NIL then
    local position = vim.fn.index(titles(params), chosen.title)
    if position == 0 then
      -- The details: it comes again when they are on the screen.
      count_up(recalled, wish)
    else
      count_down(mine, wish)
    end
    M.changed()
  end
  return chosen
end

---@param params lsp.ShowMessageRequestParams
---@param context { client_id: integer }
function M.handle(_, params, context)
  local buttons = titles(params)
  if #buttons == 0 then
    require("opencode_lsp.messages").handle(nil, params)
    return vim.NIL
  end
  if vim.list_contains(buttons, "Allow once") and vim.list_contains(buttons, "Reject") then
    return permission(params, context.client_id)
  end
  if #buttons == 1 and buttons[1] == "Show" then
    say.info(params.message, ":Opencode answer")
    return vim.NIL
  end
  local is_server_choice = vim.startswith(params.message, "Which opencode server")
  if is_server_choice and not rpc.ran_lately("opencode.server.select") then
    say.warn(params.message, "choose with :Opencode server select")
    return vim.NIL
  end
  return select(params)
end

--- Asks the server for everything that is pending; those requests are lists at once.
function M.recall()
  recalled = {}
  for _, counts in pairs(told) do
    for text, count in pairs(counts) do
      recalled[text] = (recalled[text] or 0) + count
    end
  end
  recalled_until = vim.uv.now() + RECALL_MS
  -- Each session of the language server has its own.
  for _, client in ipairs(vim.lsp.get_clients({ name = "opencode" })) do
    if told[client.id] and next(told[client.id]) then
      rpc.execute("opencode.permissions", nil, nil, client)
      return
    end
  end
  rpc.execute("opencode.permissions")
end

--- The server's word on how many requests are pending.
---@param client_id integer
---@param pending integer
function M.pending_is(client_id, pending)
  if pending == 0 then
    told[client_id] = nil
  end
end

--- What the server says when there is nothing to recall.
---@param text string
---@param client_id integer
function M.listen(text, client_id)
  if vim.startswith(text, "opencode waits for no permission") then
    told[client_id] = nil
    M.changed()
  end
end

--- How many requests were told and not answered here.
---@param client_id integer
---@return integer
function M.pending(client_id)
  local sum = 0
  for _, count in pairs(told[client_id] or {}) do
    sum = sum + count
  end
  return sum
end

---@param client_id integer
function M.forget(client_id)
  told[client_id] = nil
end

function M.changed()
  require("opencode_lsp.status").changed()
end

return M
